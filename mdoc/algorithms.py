"""Which signature algorithm goes with which key (RFC 9053 2 as ISO/IEC 18013-5 table B.3 narrows it), by OpenSSL."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mdoc.errors import SignatureRefused
from mdoc.signature_form import der_signature, raw_signature

PublicKey: TypeAlias = ec.EllipticCurvePublicKey | Ed25519PublicKey | Ed448PublicKey
Sign: TypeAlias = Callable[[bytes], bytes]  # bytes to be signed -> raw signature (r || s)

# Numbers of the IANA registry "COSE Algorithms".
ES256: Final = -7
ES384: Final = -35
ES512: Final = -36
EDDSA: Final = -8

# Each algorithm has its curves and no others, and each curve the width of its numbers in bytes.
_CURVES: Final[Mapping[int, tuple[ec.ECDSA, Mapping[str, int]]]] = {
    ES256: (ec.ECDSA(hashes.SHA256()), {"secp256r1": 32, "brainpoolP256r1": 32}),
    ES384: (ec.ECDSA(hashes.SHA384()), {"secp384r1": 48, "brainpoolP384r1": 48}),
    ES512: (ec.ECDSA(hashes.SHA512()), {"secp521r1": 66, "brainpoolP512r1": 64}),
}


def algorithm_for(key: PublicKey) -> int:
    """The registered number of the one algorithm of a key's curve. Raises SignatureRefused for a curve without one."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return EDDSA
    found = next((number for number, (_, curves) in _CURVES.items() if key.curve.name in curves), None)
    if found is None:
        raise SignatureRefused("the curve has no algorithm of the standard")
    return found


def verify(key: PublicKey, number: int, signature: bytes, data: bytes) -> bool:
    """Whether `signature` (raw) over `data` is by `key`. Raises SignatureRefused when the algorithm does not fit."""
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            algorithm, width = _fitting(number, key.curve.name)
            key.verify(_der(signature, width), data, algorithm)
        elif number == EDDSA:
            key.verify(signature, data)
        else:
            raise SignatureRefused("the algorithm does not fit the key")
    except InvalidSignature:
        return False
    return True


def _fitting(number: int, curve: str) -> tuple[ec.ECDSA, int]:
    if number not in _CURVES or curve not in _CURVES[number][1]:
        raise SignatureRefused("the algorithm does not fit the key")
    algorithm, curves = _CURVES[number]
    return algorithm, curves[curve]


def _der(raw: bytes, width: int) -> bytes:
    try:
        return der_signature(raw, width)
    except ValueError:
        raise SignatureRefused("the signature has the wrong length") from None


def software_signer(key: ec.EllipticCurvePrivateKey) -> Sign:
    """A `Sign` for a key in memory; the digest follows the curve as COSE pairs them."""
    algorithm, width = _fitting(algorithm_for(key.public_key()), key.curve.name)
    return lambda data: raw_signature(key.sign(data, algorithm), width)
