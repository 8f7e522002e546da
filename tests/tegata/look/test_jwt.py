import json
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from tegata.look.jwt import annotate_jwt

SIGNED = json.loads((Path(__file__).parents[2] / "vectors" / "token_status_list" / "signed.json").read_text())["jwt"]


def jwt(header: object, payload: object) -> bytes:
    """An unsigned token."""
    return b".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, payload)) + b"."


def test_status_list_token_of_the_draft_is_read() -> None:
    """The draft's own token shows its type, its claims as people read them, and how large its list is."""
    root = annotate_jwt(SIGNED.encode())
    assert root.problems() == []
    told = {node.label: (node.value, node.note) for _, node in root.walk()}
    assert told["typ"][0] == '"statuslist+jwt"'
    assert told["exp"][1] == "2042-08-15T00:42:50Z" or told["exp"][1].endswith("Z")
    assert told["lst"][1].startswith("inflates to ")


def test_claims_without_a_name_are_hidden() -> None:
    """What is not a claim of a status list token could be somebody's data."""
    token = jwt({"alg": "none"}, {"name": "MARK", "deep": {"a": {"b": "MARK"}}, "list": ["MARK"]})
    assert "MARK" not in json.dumps(annotate_jwt(token).as_object())
    assert "MARK" in json.dumps(annotate_jwt(token, reveal=True).as_object())


@pytest.mark.parametrize(
    "token",
    [
        b"eyJ.e30.",
        jwt([], {}),
        jwt({}, {"status_list": {"lst": "AAAA"}}),
        jwt({}, {"status_list": {"lst": "\u00e9"}}),
        b"e30." + urlsafe_b64encode(b"[" * 50_000) + b".",
    ],
)
def test_what_is_wrong_stands_in_the_tree(token: bytes) -> None:
    """Parts that are no JSON objects, and lists that do not inflate, are problems."""
    assert annotate_jwt(token).problems()
