from datetime import timedelta
from typing import Any

import pytest

from mdoc import identifier_list, status_list, status_token
from mdoc.issue import IdentifierReference, StatusReference
from mdoc.status import VALUES, Status, evaluate, evaluate_document, evaluate_identifier
from mdoc.verify import VerifiedDocument, verify_issuer_signed
from tests.mdoc.world import AT, LIST, Anchor, anchor, certificate, issued, prepared, sign_issuer


def token(bits: int = 2) -> bytes:
    """A list whose entries are 0, 1, 2, 3."""
    packed = status_list.pack([0, 1, 2, 3] if bits > 1 else [0, 1, 0, 1, 0, 0, 0, 0], bits)
    times: dict[str, Any] = {"issued": AT, "expires": AT + timedelta(minutes=5), "ttl": 60}
    made = status_token.prepare_status_list(LIST, bits, packed, chain=[certificate()], **times)
    return status_token.complete_status_list(made, sign_issuer(made.to_be_signed))


def hear(index: int, data: bytes | None, **options: Any) -> tuple[Status, str]:
    """What the relying party hears about one entry."""
    trust: Anchor = options.get("trust", anchor())
    return evaluate(
        StatusReference(options.get("uri", LIST), index), data, trust=trust.status, at=options.get("at", AT)
    )


@pytest.mark.parametrize(("status", "value"), VALUES.items())
def test_each_value_has_its_meaning(status: Status, value: int) -> None:
    """0 is valid, 1 invalid, 2 suspended."""
    assert hear(value, token())[0] is status


def test_one_bit_lists_know_two_answers() -> None:
    """A list of one bit says valid or invalid."""
    assert [hear(index, token(1))[0] for index in (0, 1)] == [Status.VALID, Status.INVALID]


@pytest.mark.parametrize(
    ("index", "data", "options", "reason"),
    [
        (0, None, {}, "no status list"),
        (0, b"", {}, "tagged"),
        (0, b"\xd2\x80", {}, "four parts"),
        (0, token(), {"at": AT + timedelta(minutes=5)}, "expired"),
        (0, token(), {"trust": Anchor({})}, "no anchor"),
        (0, token(), {"uri": "https://status.example/lists/2"}, "another list"),
        (4, token(), {}, "outside"),
        (3, token(), {}, "without a meaning"),
    ],
)
def test_doubt_is_undetermined_and_never_revoked(
    index: int, data: bytes | None, options: dict[str, Any], reason: str
) -> None:
    """Without a list that can be believed the answer is UNDETERMINED with its reason, never VALID and never INVALID."""
    status, why = hear(index, data, **options)
    assert status is Status.UNDETERMINED
    assert reason in why


def verified(**changes: Any) -> VerifiedDocument:
    """Our document, verified under an authority."""
    document = prepared(status=StatusReference(LIST, 0))
    return verify_issuer_signed(issued(document), trust=anchor(**changes).issuer, at=AT)


def test_the_list_counts_under_the_authority_of_the_document() -> None:
    """A list whose signer another authority certified, though it is trusted, leaves the status undetermined."""
    document = verified(authority=b"one")
    data = token()
    assert evaluate_document(document, [data], trust=anchor(authority=b"one").status, at=AT)[0] is Status.VALID
    status, why = evaluate_document(document, [data], trust=anchor(authority=b"two").status, at=AT)
    assert status is Status.UNDETERMINED
    assert "another authority" in why


def test_a_document_without_a_list_is_undetermined() -> None:
    """A document that names no list is neither valid nor revoked."""
    document = verified()._replace(status=None)
    assert evaluate_document(document, [token()], trust=anchor().status, at=AT)[0] is Status.UNDETERMINED


NAMED = IdentifierReference("https://status.example/identifiers/1", b"sixteen bytes id")


def named(*identifiers: bytes, uri: str = NAMED.uri) -> bytes:
    """A list of identifiers that are revoked."""
    times: dict[str, Any] = {"issued": AT, "expires": AT + timedelta(minutes=5), "ttl": 60}
    made = identifier_list.prepare_identifier_list(uri, identifiers, chain=[certificate()], **times)
    return identifier_list.complete_identifier_list(made, sign_issuer(made.to_be_signed))


def both(index: int = 0, **changes: Any) -> VerifiedDocument:
    """A document that names both mechanisms."""
    document = prepared(status=StatusReference(LIST, index), identifier=NAMED)
    return verify_issuer_signed(issued(document), trust=anchor(**changes).issuer, at=AT)


@pytest.mark.parametrize(
    ("index", "tokens", "status"),
    [
        (0, [token(), named(b"another")], Status.VALID),
        (0, [named(b"another"), token()], Status.VALID),
        (0, [token(), named(NAMED.identifier)], Status.INVALID),
        (1, [token(), named(b"another")], Status.INVALID),
        (2, [token(), named(b"another")], Status.SUSPENDED),
        (2, [token(), named(NAMED.identifier)], Status.INVALID),
        (1, [token()], Status.INVALID),
        (0, [token()], Status.UNDETERMINED),
        (0, [named(b"another")], Status.UNDETERMINED),
        (0, [token(), named(b"another", uri=LIST)], Status.UNDETERMINED),
        (0, [], Status.UNDETERMINED),
    ],
)
def test_both_mechanisms_count(index: int, tokens: list[bytes], status: Status) -> None:
    """A document that names a status list and an identifier list is valid only if both say so (12.3.6)."""
    assert evaluate_document(both(index), tokens, trust=anchor().status, at=AT)[0] is status


def test_an_identifier_list_counts_under_the_authority_of_the_document() -> None:
    """Identifiers of another authority's list leave the status undetermined."""
    document = both(authority=b"one")._replace(status=None)
    lists = [named(NAMED.identifier)]
    assert evaluate_document(document, lists, trust=anchor(authority=b"one").status, at=AT)[0] is Status.INVALID
    assert evaluate_document(document, lists, trust=anchor(authority=b"two").status, at=AT)[0] is Status.UNDETERMINED


def test_without_an_identifier_list_nothing_is_claimed() -> None:
    """What could not be fetched or read is undetermined, and never revoked."""
    for data in (None, b"", token()):
        assert evaluate_identifier(NAMED, data, trust=anchor().status, at=AT)[0] is Status.UNDETERMINED
