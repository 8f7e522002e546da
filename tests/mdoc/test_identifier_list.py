"""The identifier list inside its token."""

from typing import Any

import pytest

from mdoc import cbor, identifier_list
from mdoc.errors import MalformedData, StatusTokenRefused
from tests.mdoc.test_list_token import EXPIRES, REVOKED, forged, read, token
from tests.mdoc.world import AT, LIST, certificate, sign_issuer

TERMS: dict[str, Any] = {"issued": AT, "expires": EXPIRES, "ttl": 60, "chain": [certificate()]}


def test_only_who_is_named_is_revoked() -> None:
    """An identifier in the list is revoked; one that is not, or a part of one, is not."""
    found = read("identifiers", token("identifiers"))
    assert found.revokes(REVOKED)
    assert not any(found.revokes(other) for other in (b"", REVOKED[:-1], REVOKED + b"\0", bytes(16)))


def test_order_tells_nothing() -> None:
    """Identifiers are written once each and in ascending order, whatever the order in which they were revoked."""
    made = identifier_list.prepare_identifier_list(LIST, [b"b", b"c", b"a", b"b"], **TERMS)
    assert list(cbor.decode(made.payload)[65530]["identifiers"]) == [b"a", b"b", b"c"]


def test_nobody_revoked() -> None:
    """An empty list is a list."""
    made = identifier_list.prepare_identifier_list(LIST, [], **TERMS)
    data = identifier_list.complete_identifier_list(made, sign_issuer(made.to_be_signed))
    assert read("identifiers", data).identifiers == frozenset()


@pytest.mark.parametrize("identifier", [b"", bytes(65)])
def test_identifier_has_bounds(identifier: bytes) -> None:
    """An identifier that is empty or longer than 64 bytes is neither written nor read."""
    with pytest.raises(MalformedData, match="empty or too long"):
        identifier_list.prepare_identifier_list(LIST, [identifier], **TERMS)
    with pytest.raises(StatusTokenRefused, match="empty or too long"):
        read("identifiers", forged("identifiers", {65530: {"identifiers": {identifier: {}}}}))


@pytest.mark.parametrize(
    ("reason", "entry"),
    [
        ("identifiers is missing", {}),
        ("not of type map", {"identifiers": [REVOKED]}),
        ("not of type bstr", {"identifiers": {"text": {}}}),
        ("not of type map", {"identifiers": {REVOKED: True}}),
    ],
)
def test_list_that_cannot_be_read_is_refused(reason: str, entry: dict[str, object]) -> None:
    """A list without identifiers, or with identifiers of another kind, is refused."""
    with pytest.raises(StatusTokenRefused, match=reason):
        read("identifiers", forged("identifiers", {65530: entry}))


def test_later_editions_may_add() -> None:
    """What is said beside an identifier, and entries that nobody knows yet, are left alone (RFU)."""
    entry = {"identifiers": {REVOKED: {"reason": 1, 7: []}}, "more": 1}
    assert read("identifiers", forged("identifiers", {65530: entry})).revokes(REVOKED)
