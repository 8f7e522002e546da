from datetime import timedelta
from typing import Any

import pytest

from mdoc import cbor, cose, status_list, status_token
from mdoc.errors import MalformedData, StatusTokenRefused
from tests.mdoc.world import AT, END, LIST, Anchor, anchor, certificate, sign_device, sign_issuer

EXPIRES = AT + timedelta(minutes=5)
PACKED = status_list.pack([0, 0, 0, 0, 0, 2, 1, 0], 2)


def prepared(**changes: Any) -> status_token.PreparedStatusList:
    """A token before its signature."""
    values: dict[str, Any] = {"issued": AT, "expires": EXPIRES, "ttl": 60, "chain": [certificate()]}
    return status_token.prepare_status_list(LIST, 2, PACKED, **(values | changes))


def token(**changes: Any) -> bytes:
    """A signed token."""
    made = prepared(**changes)
    return status_token.complete_status_list(made, sign_issuer(made.to_be_signed))


def forged(claims: dict[object, object] | None = None, **headers: Any) -> bytes:
    """A properly signed token with any claims and headers; a claim or header of Ellipsis is left out."""
    usual: dict[object, object] = cbor.decode(prepared().payload)
    payload = cbor.encode({key: value for key, value in (usual | (claims or {})).items() if value is not ...})
    protected: dict[object, object] = {16: status_token.MEDIA_TYPE, 33: certificate()} | headers.get("protected", {})
    message = cose.unsigned(
        payload,
        protected={key: value for key, value in protected.items() if value is not ...},
        unprotected=headers.get("unprotected", {}),
    )
    return b"\xd2" + cbor.encode(cose.as_array(message, sign_issuer(message.to_be_signed())))


def read(data: bytes, trust: Anchor | None = None, at: Any = AT, uri: str = LIST) -> status_token.StatusList:
    """The list as a relying party reads it."""
    return status_token.read_status_list(data, trust=(trust or anchor()).status, at=at, uri=uri)


def test_token_is_read_as_written() -> None:
    """Entries, instants and ttl of a token survive signing and reading."""
    found = read(token())
    assert [found.value(index) for index in range(8)] == [0, 0, 0, 0, 0, 2, 1, 0]
    assert (found.uri, found.bits, found.issued, found.expires, found.ttl) == (LIST, 2, AT, EXPIRES, 60)
    with pytest.raises(MalformedData):
        found.value(8)


def test_token_has_the_form_of_the_draft() -> None:
    """Tag 18 without tag 61; typ and x5chain in the protected header; the five claims."""
    data = token()
    protected, unprotected, payload, signature = cbor.decode(data[1:])
    assert data[:1] == b"\xd2"
    assert cbor.decode(protected) == {1: -7, 16: "application/statuslist+cwt", 33: certificate()}
    assert unprotected == {}
    assert len(signature) == 64
    claims = cbor.decode(payload)
    assert claims[65533] == {"bits": 2, "lst": status_list.compress(PACKED)}
    assert {key: claims[key] for key in (2, 4, 6, 65534)} == {
        2: LIST,
        4: int(EXPIRES.timestamp()),
        6: int(AT.timestamp()),
        65534: 60,
    }


@pytest.mark.parametrize("changes", [{"expires": AT}, {"ttl": 0}, {"ttl": 301}, {"chain": []}])
def test_impossible_token_is_not_made(changes: dict[str, Any]) -> None:
    """An end before the beginning, a ttl outside it, or no certificate, and nothing is made to be signed."""
    with pytest.raises(MalformedData):
        prepared(**changes)


REFUSED: list[tuple[str, bytes, dict[str, Any]]] = [
    ("not a tagged COSE_Sign1", token()[1:], {}),
    ("not a tagged COSE_Sign1", b"", {}),
    ("end too early", token()[:-1], {}),
    ("bytes follow", token() + b"x", {}),
    ("not a status list token", forged(protected={16: "application/identifierlist+cwt"}), {}),
    ("not a status list token", forged(protected={16: ...}, unprotected={16: status_token.MEDIA_TYPE}), {}),
    ("about another list", token(), {"uri": LIST + "0"}),
    ("neither one certificate", forged(protected={33: ...}, unprotected={33: certificate()}), {}),
    ("no anchor", token(), {"trust": Anchor({})}),
    ("does not fit", status_token.complete_status_list(prepared(), sign_device(prepared().to_be_signed)), {}),
    ("later than now", token(), {"at": AT - timedelta(seconds=61)}),
    ("has expired", token(), {"at": EXPIRES}),
    ("no anchor", token(expires=END + timedelta(days=9)), {"at": END + timedelta(days=1)}),
    ("4 is missing", forged({4: ...}), {}),
    ("2 is missing", forged({2: ...}), {}),
    ("6 is missing", forged({6: ...}), {}),
    ("not an instant", forged({4: 1 << 40}), {}),
    ("not an instant", forged({6: -1}), {}),
    ("not of type int", forged({4: "tomorrow"}), {}),
    ("not of type int", forged({65534: "x"}), {}),
    ("65533 is missing", forged({65533: ...}), {}),
    ("not 1, 2, 4 or 8", forged({65533: {"bits": 3, "lst": status_list.compress(PACKED)}}), {}),
    ("not a ZLIB", forged({65533: {"bits": 2, "lst": b"not zlib"}}), {}),
]


@pytest.mark.parametrize(("reason", "data", "options"), REFUSED)
def test_token_that_may_not_be_believed_is_refused(reason: str, data: bytes, options: dict[str, Any]) -> None:
    """Every fault in form, subject, trust, signature, time or list is refused with its reason."""
    with pytest.raises(StatusTokenRefused, match=reason):
        read(data, **options)


def test_token_without_payload_is_refused() -> None:
    """A detached token says nothing."""
    decoded: list[Any] = cbor.decode(token()[1:])
    decoded[2] = None
    with pytest.raises(StatusTokenRefused, match="no payload"):
        read(b"\xd2" + cbor.encode(decoded))


def test_clocks_may_differ_by_a_minute() -> None:
    """A token issued within the last minute of a faster clock is believed; ttl is optional."""
    assert read(token(), at=AT - timedelta(seconds=60)).issued == AT
    assert read(forged({65534: ...})).ttl is None
