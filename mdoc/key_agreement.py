"""Key agreement between phone and reader, and the keys derived from it (ISO/IEC 18013-5 9.1.1.5, 9.1.3.5).

Curves: P-256, P-384, P-521, brainpool, X25519 and X448 (table 22), as far as OpenSSL has them.
"""

from hashlib import sha256
from typing import Final, TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mdoc import cbor
from mdoc.errors import MalformedData

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | X25519PrivateKey | X448PrivateKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey | X25519PublicKey | X448PublicKey

_PATH: Final = "keyAgreement"


def derive(private: PrivateKey, public: PublicKey, transcript: bytes, info: bytes) -> bytes:
    """The 32-byte key named `info`, from the shared secret of the two keys in the session of `transcript`.

    `transcript` is the bare SessionTranscript array; the salt is over its tag-24 form, unlike DeviceAuthentication.
    Raises MalformedData when the two keys are not on one curve or have no shared secret.
    """
    salt = sha256(cbor.Embedded(transcript).tagged).digest()
    return HKDF(hashes.SHA256(), 32, salt, info).derive(_shared_secret(private, public))


def _shared_secret(private: PrivateKey, public: PublicKey) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(public, ec.EllipticCurvePublicKey):
        if private.curve.name != public.curve.name:
            raise MalformedData(_PATH, "the two keys are not on one curve")
        return private.exchange(ec.ECDH(), public)
    try:
        if isinstance(private, X25519PrivateKey) and isinstance(public, X25519PublicKey):
            return private.exchange(public)
        if isinstance(private, X448PrivateKey) and isinstance(public, X448PublicKey):
            return private.exchange(public)
    except ValueError:
        # RFC 7748 6: a point of small order gives the same secret with every key.
        raise MalformedData(_PATH, "the keys have no shared secret") from None
    raise MalformedData(_PATH, "the two keys are not on one curve")
