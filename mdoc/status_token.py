"""Status List Token as CWT (draft-ietf-oauth-status-list 5.2, RFC 8392): written for signing, and read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from mdoc import cbor, cose, status_list
from mdoc.errors import MalformedData, SignatureRefused, StatusTokenRefused, Untrusted
from mdoc.verify import SignerCertificate

StatusTrust: TypeAlias = Callable[[Sequence[bytes], datetime], SignerCertificate]  # DER chain, at

TYP: Final = 16
MEDIA_TYPE: Final = "application/statuslist+cwt"
SUB, EXP, IAT, STATUS_LIST, TTL = 2, 4, 6, 65533, 65534  # CWT claims; the last two as requested from IANA

MAX_TOKEN: Final = 8 << 20
CLOCKS_APART: Final = timedelta(seconds=60)
_COSE_SIGN1_TAG: Final = b"\xd2"


@dataclass(frozen=True, repr=False)
class PreparedStatusList:
    """A token that lacks only its signature over `to_be_signed`."""

    to_be_signed: bytes
    payload: bytes
    chain: tuple[bytes, ...]


@dataclass(frozen=True, repr=False)
class StatusList:
    """A list that was believed: its entries, and until when."""

    uri: str
    bits: int
    packed: bytes
    issued: datetime
    expires: datetime
    ttl: int | None

    def value(self, index: int) -> int:
        """The entry at `index`. Raises MalformedData when it lies outside."""
        return status_list.get(self.packed, self.bits, index)


def _message(payload: bytes, chain: Sequence[bytes]) -> cose.Sign1:
    # ISO/IEC 18013-5 second edition 12.3.6: x5chain stands in the protected header here, unlike IssuerAuth.
    return cose.unsigned(payload, protected={TYP: MEDIA_TYPE, cose.X5CHAIN: cose.x5chain(chain)})


def prepare_status_list(
    uri: str, bits: int, packed: bytes, *, issued: datetime, expires: datetime, ttl: int, chain: Sequence[bytes]
) -> PreparedStatusList:
    """A token about the list at `uri`. `packed` as `status_list.pack` makes it, `ttl` in seconds, `chain` DER.

    Raises MalformedData for a width that does not exist, an end before the beginning or a ttl beyond it.
    """
    status_list.capacity(packed, bits)
    if expires <= issued or not 0 < ttl <= (expires - issued).total_seconds():
        raise MalformedData("status_list", "the end or the ttl does not fit the beginning")
    claims = {
        SUB: uri,
        EXP: int(expires.timestamp()),
        IAT: int(issued.timestamp()),
        STATUS_LIST: {"bits": bits, "lst": status_list.compress(packed)},
        TTL: ttl,
    }
    payload = cbor.encode(claims)
    return PreparedStatusList(_message(payload, chain).to_be_signed(), payload, tuple(chain))


def complete_status_list(prepared: PreparedStatusList, signature: bytes) -> bytes:
    """The CWT with its raw ES256 signature, under the COSE_Sign1 tag and without the CWT tag (5.2)."""
    message = cose.as_array(_message(prepared.payload, prepared.chain), signature)
    return _COSE_SIGN1_TAG + cbor.encode(message)


def read_status_list(token: bytes, *, trust: StatusTrust, at: datetime, uri: str) -> StatusList:
    """The list in `token`, which was fetched from `uri`.

    Raises StatusTokenRefused with the reason: not a status list token, about another list, signer not trusted,
    signature, issued later than now, expired, or a list that does not inflate within bounds.
    """
    try:
        return _read(token, trust, at, uri)
    except (MalformedData, SignatureRefused, Untrusted) as refused:
        raise StatusTokenRefused(refused.reason) from refused


def _read(token: bytes, trust: StatusTrust, at: datetime, uri: str) -> StatusList:
    message = _read_message(token)
    if message.payload is None:
        raise StatusTokenRefused("the token has no payload")
    claims = cbor.expect(cbor.decode(message.payload, path="claims", limit=MAX_TOKEN), dict, "claims")
    if cbor.member(claims, SUB, str, "claims") != uri:
        raise StatusTokenRefused("the token is about another list")
    signer = trust(cose.chain(message, "token", protected=True), at)
    cose.check(message, signer.public_key)
    issued, expires = _instant(claims, IAT), _instant(claims, EXP)
    if issued > at + CLOCKS_APART:
        raise StatusTokenRefused("the token is issued later than now")
    if at >= expires:
        raise StatusTokenRefused("the token has expired")
    bits, packed = _read_list(claims)
    return StatusList(uri, bits, packed, issued, expires, cbor.optional(claims, TTL, int, "claims"))


def _read_message(token: bytes) -> cose.Sign1:
    if not token.startswith(_COSE_SIGN1_TAG):
        raise StatusTokenRefused("the token is not a tagged COSE_Sign1")
    message = cose.read_sign1(cbor.decode(token[1:], path="token", limit=MAX_TOKEN), "token")
    if cose.header(message, TYP, protected=True) != MEDIA_TYPE:
        raise StatusTokenRefused("the token is not a status list token")
    return message


def _instant(claims: Mapping[Any, object], claim: int) -> datetime:
    """A NumericDate in whole seconds (RFC 8392 2). exp is required for mdoc (12.3.6)."""
    seconds = cbor.member(claims, claim, int, "claims")
    if not 0 <= seconds < 1 << 36:
        raise MalformedData(f"claims.{claim}", "not an instant")
    return datetime.fromtimestamp(seconds, UTC)


def _read_list(claims: Mapping[Any, object]) -> tuple[int, bytes]:
    path = "claims.status_list"
    entry = cbor.member(claims, STATUS_LIST, dict, path)
    bits = cbor.member(entry, "bits", int, path)
    packed = status_list.decompress(cbor.member(entry, "lst", bytes, path))
    status_list.capacity(packed, bits)
    return bits, packed
