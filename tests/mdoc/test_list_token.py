"""The envelope of both mechanisms: what is written, and every reason for which a token is not believed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mdoc import cbor, cose, identifier_list, list_token, status_list, status_token
from mdoc.errors import MalformedData, StatusTokenRefused
from tests.mdoc.world import AT, END, LIST, Anchor, anchor, certificate, sign_device, sign_issuer

EXPIRES = AT + timedelta(minutes=5)
PACKED = status_list.pack([0, 0, 0, 0, 0, 2, 1, 0], 2)
REVOKED = bytes(range(16))
MECHANISMS = {"status": list_token.STATUS, "identifiers": list_token.IDENTIFIERS}
READERS: dict[str, Callable[..., Any]] = {
    "status": status_token.read_status_list,
    "identifiers": identifier_list.read_identifier_list,
}
BOTH = pytest.mark.parametrize("name", MECHANISMS)


def prepared(name: str = "status", **changes: Any) -> list_token.PreparedList:
    """A token before its signature."""
    terms: dict[str, Any] = {"issued": AT, "expires": EXPIRES, "ttl": 60, "chain": [certificate()]} | changes
    if name == "status":
        return status_token.prepare_status_list(LIST, 2, PACKED, **terms)
    return identifier_list.prepare_identifier_list(LIST, [REVOKED], **terms)


def token(name: str = "status", **changes: Any) -> bytes:
    """A signed token."""
    made = prepared(name, **changes)
    return list_token.complete_list(made, sign_issuer(made.to_be_signed))


def forged(name: str = "status", claims: dict[object, object] | None = None, **headers: Any) -> bytes:
    """A properly signed token with any claims and headers; a claim or header of Ellipsis is left out."""
    usual: dict[object, object] = cbor.decode(prepared(name).payload)
    payload = cbor.encode({key: value for key, value in (usual | (claims or {})).items() if value is not ...})
    protected: dict[object, object] = {16: MECHANISMS[name].media_type, 33: certificate()}
    protected |= headers.get("protected", {})
    message = cose.unsigned(
        payload,
        protected={key: value for key, value in protected.items() if value is not ...},
        unprotected=headers.get("unprotected", {}),
    )
    return b"\xd2" + cbor.encode(cose.as_array(message, sign_issuer(message.to_be_signed())))


def read(name: str, data: bytes, trust: Anchor | None = None, at: Any = AT, **options: Any) -> Any:
    """The list as a relying party reads it."""
    return READERS[name](data, trust=(trust or anchor()).status, at=at, **({"uri": LIST} | options))


@BOTH
def test_terms_are_read_as_written(name: str) -> None:
    """Address, instants and ttl survive signing and reading; where all lists are named does too, if it is told."""
    found = read(name, token(name))
    assert (found.uri, found.issued, found.expires, found.ttl, found.aggregation_uri) == (LIST, AT, EXPIRES, 60, None)
    assert read(name, token(name, aggregation_uri=LIST[:-1])).aggregation_uri == LIST[:-1]


@BOTH
def test_a_stranger_reads_the_token(name: str) -> None:
    """Cbor2 and OpenSSL alone read it: tag 18 without tag 61, typ and x5chain protected, the claims of RFC 8392."""
    tagged = cbor2.loads(token(name))
    protected, unprotected, payload, signature = tagged.value
    header, claims = cbor2.loads(protected), cbor2.loads(payload)

    assert (tagged.tag, dict(unprotected)) == (18, {})
    assert header == {1: -7, 16: MECHANISMS[name].media_type, 33: certificate()}
    assert {key: claims[key] for key in (2, 4, 6, 65534)} == {
        2: LIST,
        4: int(EXPIRES.timestamp()),
        6: int(AT.timestamp()),
        65534: 60,
    }
    assert set(claims) == {2, 4, 6, 65534, MECHANISMS[name].claim}
    to_be_signed = cbor2.dumps(["Signature1", protected, b"", payload])
    key: Any = x509.load_der_x509_certificate(header[33]).public_key()
    key.verify(
        encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:])),
        to_be_signed,
        ec.ECDSA(hashes.SHA256()),
    )


@BOTH
@pytest.mark.parametrize("changes", [{"expires": AT}, {"ttl": 0}, {"ttl": 301}, {"chain": []}])
def test_impossible_token_is_not_made(name: str, changes: dict[str, Any]) -> None:
    """An end before the beginning, a ttl outside it, or no certificate, and nothing is made to be signed."""
    with pytest.raises(MalformedData):
        prepared(name, **changes)


def test_terms_without_ttl() -> None:
    """A token may leave ttl out; then its claims have none."""
    made = list_token.prepare_list(list_token.STATUS, list_token.Terms(LIST, AT, EXPIRES, None), {}, [certificate()])
    assert list_token.TTL not in cbor.decode(made.payload)


FOREIGN = {"status": 65530, "identifiers": 65533}
OTHER = {"status": "identifiers", "identifiers": "status"}
FAULTS: list[tuple[str, Callable[[str], bytes], dict[str, Any]]] = [
    ("not a tagged COSE_Sign1", lambda name: token(name)[1:], {}),
    ("not a tagged COSE_Sign1", lambda _: b"", {}),
    ("not a tagged COSE_Sign1", lambda name: b"\xd1" + token(name)[1:], {}),
    ("not a tagged COSE_Sign1", lambda name: b"\xd8\x3d" + token(name), {}),
    ("not a tagged COSE_Sign1", lambda _: b"eyJhbGciOiJFUzI1NiIsInR5cCI6InN0YXR1c2xpc3Qrand0In0.e30.AA", {}),
    ("end too early", lambda name: token(name)[:-1], {}),
    ("bytes follow", lambda name: token(name) + b"x", {}),
    ("not of the type", lambda name: token(OTHER[name]), {}),
    ("not of the type", lambda name: forged(name, protected={16: ...}), {}),
    (
        "not of the type",
        lambda name: forged(name, protected={16: ...}, unprotected={16: MECHANISMS[name].media_type}),
        {},
    ),
    ("not of the type", lambda name: forged(name, protected={16: MECHANISMS[name].media_type[12:]}), {}),
    ("about another list", token, {"uri": LIST + "0"}),
    ("about another list", lambda name: forged(name, {2: LIST + "/"}), {}),
    ("neither one certificate", lambda name: forged(name, protected={33: ...}, unprotected={33: certificate()}), {}),
    ("neither one certificate", lambda name: forged(name, protected={33: [certificate()]}), {}),
    ("no anchor", token, {"trust": Anchor({})}),
    (
        "does not fit",
        lambda name: list_token.complete_list(prepared(name), sign_device(prepared(name).to_be_signed)),
        {},
    ),
    ("later than now", token, {"at": AT - timedelta(seconds=61)}),
    ("has expired", token, {"at": EXPIRES}),
    ("no anchor", lambda name: token(name, expires=END + timedelta(days=9)), {"at": END + timedelta(days=1)}),
    ("kept longer than its ttl", token, {"at": AT + timedelta(seconds=61), "fetched": AT}),
    ("ttl is not positive", lambda name: forged(name, {65534: 0}), {}),
    ("4 is missing", lambda name: forged(name, {4: ...}), {}),
    ("2 is missing", lambda name: forged(name, {2: ...}), {}),
    ("6 is missing", lambda name: forged(name, {6: ...}), {}),
    ("not an instant", lambda name: forged(name, {4: 1 << 40}), {}),
    ("not an instant", lambda name: forged(name, {6: -1}), {}),
    ("not of type int", lambda name: forged(name, {4: "tomorrow"}), {}),
    ("not of type int", lambda name: forged(name, {65534: "x"}), {}),
    ("other mechanism", lambda name: forged(name, {FOREIGN[name]: {}}), {}),
    ("is missing", lambda name: forged(name, {MECHANISMS[name].claim: ...}), {}),
    ("not of type map", lambda name: forged(name, {MECHANISMS[name].claim: [1]}), {}),
    ("not of type tstr", lambda name: token(name, aggregation_uri=1), {}),
]


@BOTH
@pytest.mark.parametrize(("reason", "make", "options"), FAULTS)
def test_token_that_may_not_be_believed_is_refused(
    name: str, reason: str, make: Callable[[str], bytes], options: dict[str, Any]
) -> None:
    """Every fault in form, type, subject, trust, signature or time is refused with its reason; a JWT is no CWT."""
    with pytest.raises(StatusTokenRefused, match=reason):
        read(name, make(name), **options)


def test_token_without_payload_is_refused() -> None:
    """A detached token says nothing."""
    decoded: list[Any] = cbor.decode(token()[1:])
    decoded[2] = None
    with pytest.raises(StatusTokenRefused, match="no payload"):
        read("status", b"\xd2" + cbor.encode(decoded))


def test_a_token_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than any list is not even decoded."""
    data = token()
    monkeypatch.setattr(list_token, "MAX_TOKEN", len(data) - 2)
    with pytest.raises(StatusTokenRefused, match="more than"):
        read("status", data)


@BOTH
def test_clocks_may_differ_by_a_minute(name: str) -> None:
    """A token issued within the last minute of a faster clock is believed; ttl is optional; within it, it is kept."""
    assert read(name, token(name), at=AT - timedelta(seconds=60)).issued == AT
    assert read(name, forged(name, {65534: ...}), at=EXPIRES - timedelta(seconds=1), fetched=AT).ttl is None
    assert read(name, token(name), at=AT + timedelta(seconds=60), fetched=AT).ttl == 60
    assert read(name, forged(name, {65534: 1 << 60}), at=AT + timedelta(seconds=61), fetched=AT).ttl == 1 << 60
