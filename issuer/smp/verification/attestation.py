"""
Key attestation: the phone's maker vouches that the keys lie in certified hardware behind user authentication (MDOC-23).

A JWS (ES256) with the maker's chain in x5c, in the shape of OpenID4VCI 1.0 appendix D: nonce, the attested keys in the
order device keys, binding key, sealing key, and the classes of key storage and user authentication.
"""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta

from issuer.smp.application.content import Jwk
from issuer.smp.application.signed import SignedApplication
from pki.trust.anchors import Anchors
from pki.trust.path import UntrustedChain, validate
from pki.trust.purposes import Purpose

TYPE: Final = "key-attestation+jwt"
STRENGTH: Final = "iso_18045_high"
LEEWAY: Final = timedelta(minutes=5)
WALLET_MAKER: Final = Purpose("key attestation of a phone's maker")


class AttestationRefused(Exception):
    """The attestation does not vouch for these keys, in this phone, for this application."""


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The protected header, closed."""

    alg: str
    typ: str
    x5c: Annotated[list[Annotated[str, Meta(max_length=12_000)]], Meta(min_length=1, max_length=4)]


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The closed set of claims."""

    iat: int
    exp: int
    nonce: str
    attested_keys: Annotated[list[Jwk], Meta(min_length=4, max_length=22)]
    key_storage: list[str]
    user_authentication: list[str]
    app_install_id: str


def check_attestation(signed: SignedApplication, anchors: Anchors, *, at: datetime) -> None:
    """
    Return when the attestation rests on a trusted maker and vouches for every key of the application.

    Raises AttestationRefused with the part that fails; the text holds no value of the message.
    """
    token = signed.content.key_attestation
    claims = _claims(token, _maker_key(_header(token), anchors, at))
    if not _in_time(claims, at):
        raise AttestationRefused("time")
    if not hmac.compare_digest(claims.nonce, signed.content.nonce):
        raise AttestationRefused("nonce")
    if claims.app_install_id != signed.content.app_install_id:
        raise AttestationRefused("installation")
    if STRENGTH not in claims.key_storage or STRENGTH not in claims.user_authentication:
        raise AttestationRefused("strength")
    if _points(claims) != [point for _, point in signed.keys]:
        raise AttestationRefused("keys")


def _header(token: str) -> Header:
    try:
        header = msgspec.convert(jwt.get_unverified_header(token), Header)
    except (jwt.PyJWTError, msgspec.MsgspecError):
        raise AttestationRefused("header") from None
    if header.alg != "ES256" or header.typ != TYPE:
        raise AttestationRefused("header")
    return header


def _maker_key(header: Header, anchors: Anchors, at: datetime) -> ec.EllipticCurvePublicKey:
    try:
        chain = [base64.b64decode(each, validate=True) for each in header.x5c]
        key = validate(chain, anchors=anchors, purpose=WALLET_MAKER, at=at).public_key()
    except (binascii.Error, ValueError, UntrustedChain):
        raise AttestationRefused("maker") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise AttestationRefused("maker")
    return key


def _claims(token: str, key: ec.EllipticCurvePublicKey) -> Claims:
    # The clock is an argument here, so PyJWT's own, which reads the machine's, stays off.
    off: Any = {"verify_aud": False, "verify_iat": False, "verify_exp": False, "verify_nbf": False}
    try:
        return msgspec.convert(jwt.decode(token, key, algorithms=["ES256"], options=off), Claims)
    except (jwt.PyJWTError, msgspec.MsgspecError, ValueError):
        raise AttestationRefused("signature") from None


def _in_time(claims: Claims, at: datetime) -> bool:
    try:
        made, end = (datetime.fromtimestamp(instant, UTC) for instant in (claims.iat, claims.exp))
    except (ValueError, OverflowError, OSError):
        return False
    return made - LEEWAY <= at < end


def _points(claims: Claims) -> list[bytes]:
    try:
        return [key.point for key in claims.attested_keys]
    except ValueError:
        raise AttestationRefused("keys") from None


def keys_are_distinct(signed: SignedApplication) -> bool:
    """Tell whether device, binding and sealing keys are all different: one record, one key, one relying party."""
    points = [point for _, point in signed.keys]
    return len(set(points)) == len(points)
