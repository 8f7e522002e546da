"""The only user of pycose: COSE_Sign1, COSE_Mac0 and COSE_Key (RFC 9052, RFC 9053, RFC 9360).

pycose brings the messages and the registered numbers. Its own arithmetic (pure Python, not constant-time) is never
reached: both messages override where it would be, and call a given signer or OpenSSL instead.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, TypeAlias

from pycose import headers
from pycose.algorithms import HMAC256, EdDSA, Es256, Es384, Es512
from pycose.exceptions import (
    CoseException,
    CoseIllegalAlgorithm,
    CoseIllegalKeyOps,
    CoseIllegalKeyType,
    CoseInvalidKey,
    CoseMalformedMessage,
    CoseUnsupportedCurve,
)
from pycose.messages.mac0message import Mac0Message
from pycose.messages.sign1message import Sign1Message

from mdoc import cbor
from mdoc.algorithms import ES256, PublicKey, Sign, verify
from mdoc.errors import MalformedData, SignatureRefused
from mdoc.sig_structure import ES256_HEADER, es256_structure

_PYCOSE: Final = (  # its exceptions have no common root
    CoseException,
    CoseIllegalAlgorithm,
    CoseIllegalKeyOps,
    CoseIllegalKeyType,
    CoseInvalidKey,
    CoseMalformedMessage,
    CoseUnsupportedCurve,
)

Headers: TypeAlias = dict[Any, Any]

ALG: Final[int] = headers.Algorithm.identifier
CRIT: Final[int] = headers.Critical.identifier
X5CHAIN: Final[int] = headers.X5chain.identifier
HMAC_256: Final[int] = HMAC256.identifier

MAX_CERTIFICATES: Final = 8

_ALGORITHMS: Final = {kind.identifier: kind for kind in (Es256, Es384, Es512, EdDSA)}


class Sign1(Sign1Message):  # pycose's message, with two methods of our own
    """COSE_Sign1 that signs through `signer` and verifies with `public_key` in OpenSSL."""

    signer: Sign | None = None
    public_key: PublicKey | None = None

    def to_be_signed(self, detached_payload: bytes | None = None) -> bytes:
        """The encoded Sig_structure (RFC 9052 4.4). `detached_payload` exactly when the message has no payload."""
        return _structure(self, "Signature1", _content(self.payload, detached_payload))

    def compute_signature(self, detached_payload: bytes | None = None, *_: Any, **__: Any) -> bytes:  # noqa: ANN401 - pycose's signature
        """The raw signature by `signer`."""
        if self.signer is None:
            raise SignatureRefused("the message has no signer")
        return self.signer(self.to_be_signed(detached_payload))

    def verify_signature(self, detached_payload: bytes | None = None, *_: Any, **__: Any) -> bool:  # noqa: ANN401 - pycose's signature
        """Whether the signature is by `public_key`; the algorithm must fit the key."""
        if self.public_key is None:
            raise SignatureRefused("the message has no key")
        return verify(self.public_key, algorithm(self), self.signature, self.to_be_signed(detached_payload))

    @classmethod
    def usual(cls, certificate: bytes, payload: bytes, signature: bytes) -> "Sign1":
        """A received ES256 message whose only other header is one certificate: known headers are not parsed again."""
        message = _Usual.__new__(_Usual)
        message.__dict__.update(_USUAL.__dict__)
        message.__dict__.update(_uhdr={headers.X5chain: certificate}, _payload=payload, _signature=signature)
        return message

    def __repr__(self) -> str:
        return "Sign1()"


class _Usual(Sign1):
    """What `Sign1.usual` makes: verified without asking again for headers that are known."""

    def verify_signature(self, detached_payload: bytes | None = None, *_: Any, **__: Any) -> bool:  # noqa: ANN401 - pycose's signature
        payload = self.payload
        if detached_payload is not None or payload is None or self.public_key is None:
            return super().verify_signature(detached_payload)
        return verify(self.public_key, ES256, self.signature, es256_structure(payload))


_USUAL: Final = Sign1(phdr_encoded=ES256_HEADER)


class Mac0(Mac0Message):  # pycose's message, with two methods of our own
    """COSE_Mac0 with HMAC 256/256 under `secret` (RFC 9053 3.1); `detached` is the content when it has no payload."""

    secret: bytes = b""
    detached: bytes | None = None

    def compute_tag(self, *_: Any, **__: Any) -> bytes:  # noqa: ANN401 - pycose's signature
        """The tag over the MAC_structure (RFC 9052 6.3)."""
        structure = _structure(self, "MAC0", _content(self.payload, self.detached))
        return hmac.new(self.secret, structure, sha256).digest()

    def verify_tag(self, *_: Any, **__: Any) -> bool:  # noqa: ANN401 - pycose's signature
        """Whether the received tag fits, compared in constant time."""
        return algorithm(self) == HMAC_256 and hmac.compare_digest(self.compute_tag(), self.auth_tag)

    def __repr__(self) -> str:
        return "Mac0()"


def _structure(message: Sign1 | Mac0, context: str, payload: bytes) -> bytes:
    protected = message.phdr_encoded if message.phdr else b""
    if protected == ES256_HEADER and context == "Signature1" and not message.external_aad:
        return es256_structure(payload)
    return cbor.encode([context, protected, message.external_aad, payload])


def _content(payload: bytes | None, detached: bytes | None) -> bytes:
    if (payload is None) == (detached is None):
        raise SignatureRefused("a payload must stand either in the message or beside it")
    return payload if payload is not None else detached or b""


def unsigned(
    payload: bytes | None,
    *,
    algorithm: int = ES256,
    protected: Headers | None = None,
    unprotected: Headers | None = None,
) -> Sign1:
    """A message without signature; `protected` adds to the algorithm. None as payload means detached."""
    named = {headers.Algorithm: _ALGORITHMS[algorithm]}
    return Sign1(phdr=named | (protected or {}), uhdr=unprotected or {}, payload=payload)


def as_array(message: Sign1, signature: bytes) -> list[object]:
    """The four parts of an untagged COSE_Sign1, ready to stand inside another structure."""
    unprotected = {_number(label): value for label, value in message.uhdr.items()}
    return [message.phdr_encoded, unprotected, message.payload, signature]


def sign1(
    payload: bytes | None,
    sign: Sign,
    *,
    algorithm: int = ES256,
    detached: bytes | None = None,
    unprotected: Headers | None = None,
) -> list[object]:
    """A COSE_Sign1 made at once, as `as_array` gives it."""
    message = unsigned(payload, algorithm=algorithm, unprotected=unprotected)
    message.signer = sign
    return as_array(message, message.compute_signature(detached))


def mac0(detached: bytes, secret: bytes) -> list[object]:
    """An untagged COSE_Mac0 over a detached payload."""
    message = Mac0(phdr={headers.Algorithm: HMAC256})
    message.payload = None
    message.secret, message.detached = secret, detached
    return [message.phdr_encoded, {}, None, message.compute_tag()]


def read_sign1(value: object, path: str) -> Sign1:
    """A received COSE_Sign1, an array already decoded. Raises MalformedData."""
    match value:
        case [b"\xa1\x01\x26", {33: bytes(certificate), **rest}, bytes(payload), bytes(signature)] if not rest:
            return Sign1.usual(certificate, payload, signature)
    message: Sign1 = _read(Sign1, value, path)
    return message


def read_mac0(value: object, path: str) -> Mac0:
    """A received COSE_Mac0, an array already decoded. Raises MalformedData."""
    message: Mac0 = _read(Mac0, value, path)
    return message


def _read(kind: type[Any], value: object, path: str) -> Any:  # noqa: ANN401 - either message
    parts = cbor.expect(value, list, path)
    if len(parts) != 4:
        raise MalformedData(path, "a COSE message has four parts")
    encoded = cbor.expect(parts[0], bytes, f"{path}.protected")
    unprotected = cbor.expect(parts[1], dict, f"{path}.unprotected")
    if parts[2] is not None:
        cbor.expect(parts[2], bytes, f"{path}.payload")
    cbor.expect(parts[3], bytes, f"{path}.signature")
    # pycose decodes the protected header laxly, so it is read strictly first.
    protected = cbor.expect(
        cbor.decode(encoded, path=f"{path}.protected") if encoded else {}, dict, f"{path}.protected"
    )
    _check_headers(protected, unprotected, path)
    try:
        return kind.from_cose_obj([encoded, dict(unprotected), parts[2], parts[3]], allow_unknown_attributes=True)
    except (*_PYCOSE, ValueError, TypeError, KeyError, AttributeError):
        raise MalformedData(path, "a header is not of its type or the algorithm is unknown") from None


def _check_headers(protected: Headers, unprotected: Headers, path: str) -> None:
    """RFC 9052 3.1: no label in both maps; what is critical must be understood, and nothing critical is."""
    if protected.keys() & unprotected.keys():
        raise MalformedData(path, "a header stands in both maps")
    if CRIT in protected or CRIT in unprotected:
        raise MalformedData(path, "a critical header is not understood")
    if ALG in unprotected or not isinstance(protected.get(ALG), int):
        raise MalformedData(path, "the algorithm is not a number in the protected header")


def algorithm(message: Sign1 | Mac0) -> int:
    """The registered number of the algorithm in the protected header."""
    return int(message.phdr[headers.Algorithm].identifier)


def header(message: Sign1, label: int, *, protected: bool) -> object:
    """The value of a header by its registered number, or None."""
    bucket = message.phdr if protected else message.uhdr
    if label == X5CHAIN and headers.X5chain in bucket:
        return bucket[headers.X5chain]  # asked at every verification
    return next((value for key, value in bucket.items() if _number(key) == label), None)


def _number(label: object) -> object:
    return getattr(label, "identifier", label)


def check(message: Sign1, public_key: PublicKey, detached: bytes | None = None) -> None:
    """Raises SignatureRefused unless the signature is by `public_key`."""
    message.public_key = public_key
    if not message.verify_signature(detached):
        raise SignatureRefused("the signature does not fit")


def chain(message: Sign1, path: str, *, protected: bool | None = False) -> list[bytes]:
    """The DER certificates of x5chain, leaf first (RFC 9360 2): one as a byte string, several as an array.

    Looks into the unprotected or the protected header; with None into the first and then the second, as readers of
    IssuerAuth may (second edition 12.3.2). Raises MalformedData.
    """
    value = header(message, X5CHAIN, protected=bool(protected))
    if value is None and protected is None:
        value = header(message, X5CHAIN, protected=True)
    if isinstance(value, bytes):
        return [value]
    if not isinstance(value, list) or len(value) < 2 or len(value) > MAX_CERTIFICATES:
        raise MalformedData(f"{path}.x5chain", "neither one certificate nor an array of several")
    return [cbor.expect(certificate, bytes, f"{path}.x5chain") for certificate in value]


def x5chain(certificates: Sequence[bytes]) -> bytes | list[bytes]:
    """The header value for `certificates` (DER, leaf first). Raises MalformedData when there is none."""
    if not certificates:
        raise MalformedData("x5chain", "no certificate")
    return certificates[0] if len(certificates) == 1 else list(certificates)
