"""The CWT around a list of what lost effect (RFC 8392): written for signing, and read.

Both mechanisms of ISO/IEC 18013-5 second edition 12.3.6 travel in the same envelope: the status list of
draft-ietf-oauth-status-list 5.2 and the identifier list. They differ in media type and in one claim.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from mdoc import cbor, cose
from mdoc.errors import MalformedData, SignatureRefused, StatusTokenRefused, Untrusted
from mdoc.verify import SignerCertificate

StatusTrust: TypeAlias = Callable[[Sequence[bytes], datetime], SignerCertificate]  # DER chain, at

TYP: Final = 16
SUB, EXP, IAT = 2, 4, 6  # CWT claims (RFC 8392 3.1)
TTL, STATUS_LIST, IDENTIFIER_LIST = 65534, 65533, 65530  # as requested from IANA

MAX_TOKEN: Final = 8 << 20
CLOCKS_APART: Final = timedelta(seconds=60)
_LONGEST_TTL: Final = 1 << 31  # seconds; what is longer is longer than any exp
_COSE_SIGN1_TAG: Final = b"\xd2"


@dataclass(frozen=True)
class Mechanism:
    """One of the two: its media type, the claim with the list, and the claim that must not stand beside it."""

    media_type: str
    claim: int
    foreign: int


STATUS: Final = Mechanism("application/statuslist+cwt", STATUS_LIST, IDENTIFIER_LIST)
IDENTIFIERS: Final = Mechanism("application/identifierlist+cwt", IDENTIFIER_LIST, STATUS_LIST)


@dataclass(frozen=True)
class Terms:
    """What every list says of itself. `ttl` in seconds: how long a relying party may go on without asking again."""

    uri: str
    issued: datetime
    expires: datetime
    ttl: int | None

    def check(self) -> None:
        """Raises MalformedData for an end that is no later than the beginning or a ttl that does not fit between."""
        lifetime = (self.expires - self.issued).total_seconds()
        if lifetime <= 0 or (self.ttl is not None and not 0 < self.ttl <= lifetime):
            raise MalformedData("claims", "the end or the ttl does not fit the beginning")


@dataclass(frozen=True, repr=False)
class PreparedList:
    """A token that lacks only its signature over `to_be_signed`."""

    to_be_signed: bytes
    payload: bytes
    protected: Mapping[int, object]


@dataclass(frozen=True, repr=False)
class Believed:
    """The terms and the list of a token whose signer is trusted; the list itself has not been read yet."""

    terms: Terms
    entry: dict[Any, object]


def prepare_list(mechanism: Mechanism, terms: Terms, entry: object, chain: Sequence[bytes]) -> PreparedList:
    """A token of one mechanism about the list `entry`; `chain` DER, signer first. Raises MalformedData."""
    terms.check()
    claims: dict[int, object] = {
        SUB: terms.uri,
        EXP: int(terms.expires.timestamp()),
        IAT: int(terms.issued.timestamp()),
        mechanism.claim: entry,
    }
    payload = cbor.encode(claims if terms.ttl is None else claims | {TTL: terms.ttl})
    # 12.3.6: x5chain stands in the protected header here, unlike IssuerAuth.
    protected = {TYP: mechanism.media_type, cose.X5CHAIN: cose.x5chain(chain)}
    return PreparedList(cose.unsigned(payload, protected=protected).to_be_signed(), payload, protected)


def complete_list(prepared: PreparedList, signature: bytes) -> bytes:
    """The CWT with its raw ES256 signature, under the COSE_Sign1 tag and without the CWT tag (5.2)."""
    message = cose.unsigned(prepared.payload, protected=dict(prepared.protected))
    return _COSE_SIGN1_TAG + cbor.encode(cose.as_array(message, signature))


def read_list(
    token: bytes, mechanism: Mechanism, *, trust: StatusTrust, at: datetime, uri: str, fetched: datetime | None = None
) -> Believed:
    """The terms and the list of `token`, which was fetched from `uri`.

    `fetched` is when, where the token has been kept since. Raises StatusTokenRefused with the reason: not a token of
    this mechanism, about another list, signer not trusted, signature, issued later than now, expired, kept beyond ttl.
    """
    try:
        return _read(token, mechanism, trust, at, uri, fetched or at)
    except (MalformedData, SignatureRefused, Untrusted) as refused:
        raise StatusTokenRefused(refused.reason) from refused


def _read(
    token: bytes, mechanism: Mechanism, trust: StatusTrust, at: datetime, uri: str, fetched: datetime
) -> Believed:
    message = _read_message(token, mechanism)
    if message.payload is None:
        raise StatusTokenRefused("the token has no payload")
    claims = cbor.expect(cbor.decode(message.payload, path="claims", limit=MAX_TOKEN), dict, "claims")
    if cbor.member(claims, SUB, str, "claims") != uri:
        raise StatusTokenRefused("the token is about another list")
    cose.check(message, trust(cose.chain(message, "token", protected=True), at).public_key)
    if mechanism.foreign in claims:  # 12.3.6.4 says so of the identifier list; two lists in one token mean nothing
        raise StatusTokenRefused("the token holds a list of the other mechanism")
    terms = Terms(uri, _instant(claims, IAT), _instant(claims, EXP), cbor.optional(claims, TTL, int, "claims"))
    _check_terms(terms, at, fetched)
    return Believed(terms, cbor.member(claims, mechanism.claim, dict, "claims"))


def _read_message(token: bytes, mechanism: Mechanism) -> cose.Sign1:
    if not token.startswith(_COSE_SIGN1_TAG):
        raise StatusTokenRefused("the token is not a tagged COSE_Sign1")
    message = cose.read_sign1(cbor.decode(token[1:], path="token", limit=MAX_TOKEN), "token")
    if cose.header(message, TYP, protected=True) != mechanism.media_type:
        raise StatusTokenRefused(f"the token is not of the type {mechanism.media_type}")
    return message


def _instant(claims: Mapping[Any, object], claim: int) -> datetime:
    """A NumericDate in whole seconds (RFC 8392 2). exp is required for mdoc (12.3.6)."""
    seconds = cbor.member(claims, claim, int, "claims")
    if not 0 <= seconds < 1 << 36:
        raise MalformedData(f"claims.{claim}", "not an instant")
    return datetime.fromtimestamp(seconds, UTC)


def _check_terms(terms: Terms, at: datetime, fetched: datetime) -> None:
    """The issuer's exp and ttl count, whatever HTTP caches say (draft 8.3, 13.7)."""
    if terms.issued > at + CLOCKS_APART:
        raise StatusTokenRefused("the token is issued later than now")
    if at >= terms.expires:
        raise StatusTokenRefused("the token has expired")
    if terms.ttl is not None and terms.ttl <= 0:
        raise StatusTokenRefused("the ttl is not positive")
    if terms.ttl is not None and at > fetched + timedelta(seconds=min(terms.ttl, _LONGEST_TTL)):
        raise StatusTokenRefused("the token has been kept longer than its ttl")
