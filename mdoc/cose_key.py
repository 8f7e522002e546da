"""COSE_Key for the curves of ISO/IEC 18013-5 (RFC 9052 7, RFC 9053 7.1)."""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mdoc import cbor
from mdoc.cose import PublicKey
from mdoc.errors import MalformedData

# Labels and values of the IANA registry "COSE Key Common / Type Parameters".
KTY, CRV, X, Y, D = 1, -1, -2, -3, -4
OKP, EC2 = 1, 2

_EC2: Final[Mapping[int, type[ec.EllipticCurve]]] = {1: ec.SECP256R1, 2: ec.SECP384R1, 3: ec.SECP521R1}
_OKP: Final[Mapping[int, type[Ed25519PublicKey] | type[Ed448PublicKey]]] = {6: Ed25519PublicKey, 7: Ed448PublicKey}


def encode_key(key: ec.EllipticCurvePublicKey) -> dict[int, object]:
    """Exactly kty, crv, x and y in this order, y as bytes: the form every reader and prover accepts."""
    number = next((number for number, curve in _EC2.items() if isinstance(key.curve, curve)), None)
    if number is None:
        raise MalformedData("COSE_Key", "the curve has no registered number")
    width = (key.curve.key_size + 7) // 8
    point = key.public_numbers()
    return {KTY: EC2, CRV: number, X: point.x.to_bytes(width, "big"), Y: point.y.to_bytes(width, "big")}


def read_key(value: object, path: str) -> PublicKey:
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


def read_ec_key(value: object, path: str) -> ec.EllipticCurvePublicKey:
    """As `read_key`, for keys that take part in a key agreement. Raises MalformedData for any other kind."""
    key = read_key(value, path)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise MalformedData(path, "not a key for key agreement")
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
