"""A signer holds one private key: others give it bytes and take a signature (layout of keys, D13)."""

from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from mdoc import algorithms
from mdoc.signature_form import der_signature, raw_signature
from pki.keys.faults import Fault, KeyUnusable

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

ES256 = "ES256"
ES384 = "ES384"
RS256 = "RS256"
ALGORITHMS = (ES256, ES384, RS256)
COSE = {ES256: algorithms.ES256, ES384: algorithms.ES384}
"""What COSE calls them: numbers of the IANA registry; a document is never signed with RSA."""

_CURVES: dict[str, str] = {"secp256r1": ES256, "secp384r1": ES384}
# JPKI Act Regulation articles 2 and 38: the product of two primes of 2048 bits or more.
_RSA_BITS = 2048
_RSA_EXPONENT = 65537


class Signer(Protocol):
    """One key pair whose private half never leaves; an HSM satisfies this as well as a file does."""

    @property
    def algorithm(self) -> str:
        """ES256, ES384 or RS256, decided by the key and not by the caller."""

    @property
    def public_key(self) -> PublicKey:
        """The public half."""

    @property
    def certificate_key(self) -> PrivateKey:
        """What the certificate and CRL builders of `cryptography` sign with."""

    def sign(self, data: bytes) -> bytes:
        """Sign `data`: r || s with fixed width for ECDSA (RFC 9053 2.1), PKCS#1 v1.5 with SHA-256 for RSA."""


class SoftwareSigner:
    """
    A signer whose key lives in this process.

    Raises KeyUnusable for a curve other than P-256 and P-384 and for RSA below 2048 bits.
    """

    def __init__(self, key: PrivateKey) -> None:
        self._algorithm = algorithm_of(key)
        self._key = key

    def __repr__(self) -> str:
        return f"SoftwareSigner({self._algorithm})"

    @property
    def algorithm(self) -> str:
        """ES256, ES384 or RS256."""
        return self._algorithm

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._key.public_key()

    @property
    def certificate_key(self) -> PrivateKey:
        """The private key object itself."""
        return self._key

    def sign(self, data: bytes) -> bytes:
        """Sign `data`: r || s for ECDSA, PKCS#1 v1.5 for RSA."""
        digest = hash_of(self._algorithm)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), digest)
        return raw_signature(self._key.sign(data, ec.ECDSA(digest)), (self._key.key_size + 7) // 8)


def x509_signature(signer: Signer, data: bytes) -> bytes:
    """Sign `data` as X.509 structures carry it: DER of r and s for ECDSA (RFC 5758 3.2), PKCS#1 v1.5 for RSA."""
    raw = signer.sign(data)
    if signer.algorithm == RS256:
        return raw
    return der_signature(raw, len(raw) // 2)


def algorithm_of(key: object) -> str:
    """Name the one algorithm a key is used with; KeyUnusable when the key is too weak or of another kind."""
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        if key.key_size < _RSA_BITS:
            raise KeyUnusable(Fault.ALGORITHM, f"an RSA key needs at least {_RSA_BITS} bits")
        return RS256
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    raise KeyUnusable(Fault.ALGORITHM, "only P-256, P-384 and RSA keys are used")


def hash_of(algorithm: str) -> hashes.SHA256 | hashes.SHA384:
    """Give the hash that a certificate signed with this algorithm names."""
    return hashes.SHA384() if algorithm == ES384 else hashes.SHA256()


def generate(algorithm: str) -> PrivateKey:
    """Make a new private key for ES256, ES384 or RS256 (2048 bits); KeyUnusable for any other name."""
    if algorithm == RS256:
        return rsa.generate_private_key(_RSA_EXPONENT, _RSA_BITS)
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == ES384:
        return ec.generate_private_key(ec.SECP384R1())
    raise KeyUnusable(Fault.ALGORITHM, f"one of {', '.join(ALGORITHMS)} is expected")
