"""COSE_Key for the curves of ISO/IEC 18013-5 (RFC 9052 7, RFC 9053 7.1, table 22)."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x448 import X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from mdoc import cbor, key_agreement
from mdoc.algorithms import PublicKey
from mdoc.errors import MalformedData

# Labels and values of the IANA registry "COSE Key Common / Type Parameters".
KTY, CRV, X, Y, D = 1, -1, -2, -3, -4
OKP, EC2 = 1, 2

AnyKey: TypeAlias = PublicKey | key_agreement.PublicKey

# IANA registry "COSE Elliptic Curves"; 256 … 259 were registered for ISO/IEC 18013-5, OpenSSL has no 257 (P320r1).
_EC2: Final[Mapping[int, type[ec.EllipticCurve]]] = {
    1: ec.SECP256R1,
    2: ec.SECP384R1,
    3: ec.SECP521R1,
    256: ec.BrainpoolP256R1,
    258: ec.BrainpoolP384R1,
    259: ec.BrainpoolP512R1,
}
_OKP: Final[Mapping[int, type[X25519PublicKey | X448PublicKey | Ed25519PublicKey | Ed448PublicKey]]] = {
    4: X25519PublicKey,
    5: X448PublicKey,
    6: Ed25519PublicKey,
    7: Ed448PublicKey,
}


def encode_key(key: AnyKey) -> dict[int, object]:
    """Exactly kty, crv, x and y in this order, y as bytes: the form every reader and prover accepts; OKP has no y."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        number = next(number for number, kind in _OKP.items() if isinstance(key, kind))
        return {KTY: OKP, CRV: number, X: key.public_bytes_raw()}
    found = next((number for number, curve in _EC2.items() if isinstance(key.curve, curve)), None)
    if found is None:
        raise MalformedData("COSE_Key", "the curve has no registered number")
    width = (key.curve.key_size + 7) // 8
    point = key.public_numbers()
    return {KTY: EC2, CRV: found, X: point.x.to_bytes(width, "big"), Y: point.y.to_bytes(width, "big")}


def read_key(value: object, path: str) -> AnyKey:
    """The public key in a decoded COSE_Key. Raises MalformedData, also when somebody sends a private key."""
    parts = cbor.expect(value, dict, path)
    if D in parts:
        raise MalformedData(path, "a private key does not belong here")
    kind, number = cbor.member(parts, KTY, int, path), cbor.member(parts, CRV, int, path)
    x = cbor.member(parts, X, bytes, path)
    try:
        if kind == EC2 and number in _EC2:
            return _read_point(parts, _EC2[number](), x, path)
        if kind == OKP and number in _OKP:
            return _OKP[number].from_public_bytes(x)
    except ValueError:
        raise MalformedData(path, "the point is not on the curve") from None
    raise MalformedData(path, "key type and curve are not supported")


def read_agreement_key(value: object, path: str, *, compressed: bool = True) -> key_agreement.PublicKey:
    """As `read_key`, for keys that take part in a key agreement; `compressed` says whether the point may be.

    Raises MalformedData for any other kind.
    """
    key = read_key(value, path)
    if isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        raise MalformedData(path, "not a key for key agreement")
    if not compressed and isinstance(value, dict) and isinstance(value.get(Y), bool):
        raise MalformedData(path, "the point is compressed")
    return key


def _read_point(parts: Mapping[Any, object], curve: ec.EllipticCurve, x: bytes, path: str) -> ec.EllipticCurvePublicKey:
    """The point: y is a byte string, or the sign bit of a compressed point (RFC 9053 7.1.1)."""
    if len(x) != (curve.key_size + 7) // 8:
        raise MalformedData(path, "a coordinate has the wrong length")
    y = parts.get(Y)
    if isinstance(y, bool):
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, bytes([2 + y]) + x)
    if not isinstance(y, bytes) or len(y) != len(x):
        raise MalformedData(path, "a coordinate has the wrong length")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\x04" + x + y)
