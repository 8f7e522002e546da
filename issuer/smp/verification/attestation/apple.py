"""
Apple-like attestation: one attested key of the app vouches for the list of all keys (MDOC-23).

The object is that of App Attest: CBOR with format, chain and authenticator data; the leaf's extension holds SHA-256
over authenticator data and the digest of the client data. The client data is the app's word about the keys, and the
app is known by its id.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final

import msgspec
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Meta

from issuer.errors import Code
from issuer.smp.application.content import AppleAttestation, Jwk
from issuer.smp.tools import Makers
from issuer.smp.verification.attestation.chain import Chain, authorities_under, certified_by, stated
from issuer.smp.verification.attestation.challenge import Claimed
from issuer.smp.verification.attestation.refused import AttestationRefused
from mdoc import cbor
from mdoc.errors import MdocError

OID: Final = x509.ObjectIdentifier("1.2.840.113635.100.8.2")
FORMAT: Final = "apple-appattest"
PRODUCTION: Final = b"appattest" + bytes(7)
SECURE_ENCLAVE, USER = "secure_enclave", "biometry_current_set"
_FIXED: Final = 32 + 1 + 4 + 16 + 2  # digest of the app's id, flags, counter, environment, length of the credential id


class _Nonce(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    _fields: ClassVar = [("nonce", core.OctetString, {"explicit": 1})]


class ClientData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The closed set of what the app says of its keys."""

    challenge: bytes
    keys: Annotated[list[Jwk], Meta(min_length=2, max_length=22)]
    key_storage: str
    user_authentication: str


@dataclass(frozen=True)
class Authenticator:
    """The fixed part of the authenticator data, and the credential's id."""

    app: bytes
    counter: int
    environment: bytes
    credential_id: bytes


def check_apple(attestation: AppleAttestation, claimed: Claimed, makers: Makers, *, at: datetime) -> Chain:
    """
    Return the chain when the genuine app on genuine hardware vouches for every key that is claimed.

    Raises AttestationRefused: what `chain` raises, key_attestation_malformed, _extension_refused, _challenge_wrong,
    _app_unknown, _security_level_low, _key_use_refused, _keys_differ.
    """
    chain, data = _object(attestation.attestation_object)
    authorities = authorities_under(makers.apple, chain[1:], at=at)
    leaf = certified_by(authorities[0], chain[0], at=at)
    client = _client_data(attestation.client_data)
    _check_nonce(leaf, data, attestation.client_data)
    if not hmac.compare_digest(client.challenge, claimed.challenge):
        raise AttestationRefused(Code.ATTESTATION_CHALLENGE)
    _check_authenticator(_authenticator(data), leaf, makers)
    if client.key_storage != SECURE_ENCLAVE:
        raise AttestationRefused(Code.ATTESTATION_LEVEL)
    if client.user_authentication != USER:
        raise AttestationRefused(Code.ATTESTATION_USE)
    if _points(client) != claimed.points:
        raise AttestationRefused(Code.ATTESTATION_KEYS)
    return [leaf, *authorities]


def _object(raw: bytes) -> tuple[list[bytes], bytes]:
    """Return chain and authenticator data."""
    try:
        value: Any = cbor.decode(raw)
        statement = value["attStmt"]
        chain, data = statement["x5c"], value["authData"]
        right = set(value) == {"fmt", "attStmt", "authData"} and set(statement) == {"x5c", "receipt"}
    except (MdocError, KeyError, TypeError, IndexError):
        raise AttestationRefused(Code.ATTESTATION_MALFORMED) from None
    whole = isinstance(chain, list) and 2 <= len(chain) <= 4 and all(isinstance(each, bytes) for each in chain)
    if not right or value["fmt"] != FORMAT or not whole or not isinstance(data, bytes):
        raise AttestationRefused(Code.ATTESTATION_MALFORMED)
    return chain, data


def _client_data(raw: bytes) -> ClientData:
    try:
        return msgspec.json.decode(raw, type=ClientData)
    except (msgspec.MsgspecError, ValueError):
        raise AttestationRefused(Code.ATTESTATION_MALFORMED) from None


def _check_nonce(leaf: x509.Certificate, data: bytes, client_data: bytes) -> None:
    der = stated(leaf, OID)
    if der is None:
        raise AttestationRefused(Code.ATTESTATION_EXTENSION)
    try:
        nonce = _Nonce.load(der, strict=True)["nonce"].native
    except (ValueError, TypeError, KeyError):
        raise AttestationRefused(Code.ATTESTATION_EXTENSION) from None
    if not hmac.compare_digest(nonce, sha256(data + sha256(client_data).digest()).digest()):
        raise AttestationRefused(Code.ATTESTATION_CHALLENGE)


def _authenticator(data: bytes) -> Authenticator:
    if len(data) < _FIXED:
        raise AttestationRefused(Code.ATTESTATION_MALFORMED)
    length = int.from_bytes(data[53:55], "big")
    credential_id = data[_FIXED : _FIXED + length]
    return Authenticator(data[:32], int.from_bytes(data[33:37], "big"), data[37:53], credential_id)


def _check_authenticator(found: Authenticator, leaf: x509.Certificate, makers: Makers) -> None:
    if not hmac.compare_digest(found.app, sha256(makers.app.apple_id.encode()).digest()):
        raise AttestationRefused(Code.ATTESTATION_APP)
    if found.environment != PRODUCTION:  # keys of a development build lie anywhere
        raise AttestationRefused(Code.ATTESTATION_LEVEL)
    if found.counter != 0:  # the key has signed before, so this is no fresh attestation
        raise AttestationRefused(Code.ATTESTATION_CHALLENGE)
    key = leaf.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise AttestationRefused(Code.ATTESTATION_KEYS)
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if not hmac.compare_digest(found.credential_id, sha256(point).digest()):
        raise AttestationRefused(Code.ATTESTATION_KEYS)


def _points(client: ClientData) -> list[bytes]:
    try:
        return [key.point for key in client.keys]
    except ValueError:
        raise AttestationRefused(Code.ATTESTATION_KEYS) from None
