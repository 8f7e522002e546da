"""The secure area: device keys that sign only after the user has shown to be there (MDOC-64, Order 39-21)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import base64url_encode

from mdoc.signature_form import raw_signature
from wallet_sim.chance import Chance, p256_key
from wallet_sim.phone.state import Enrolment

FRESH: Final = timedelta(seconds=60)  # how long a finger on the sensor counts
Jwk = dict[str, str]


class UserNotPresent(Exception):
    """No user authentication, one that was used before, or one too long ago: nothing is signed."""


class Presence:
    """One successful user authentication: good for one presentation, for a minute. Made by the wallet only."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._spent = False

    def spend(self, at: datetime) -> None:
        """Use it up; raises UserNotPresent the second time and after a minute."""
        if self._spent or not self._at <= at <= self._at + FRESH:
            raise UserNotPresent
        self._spent = True


def new_key(random: Chance) -> bytes:
    """Make one key, as it is stored."""
    return _der(p256_key(random))


def new_enrolment(random: Chance, device_keys: int) -> Enrolment:
    """Make the keys of one application: device keys, sealing key, binding key."""
    return Enrolment(
        device_keys=[new_key(random) for _ in range(device_keys)],
        sealing_key=new_key(random),
        binding_key=new_key(random),
    )


def load(der: bytes) -> ec.EllipticCurvePrivateKey:
    """Return a stored key."""
    key = serialization.load_der_private_key(der, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("a phone holds keys on P-256 only")
    return key


def store(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as it is stored."""
    return _der(key)


def _der(key: ec.EllipticCurvePrivateKey) -> bytes:
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.DER, pkcs8, plain)


def point_of(key: ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey) -> bytes:
    """Return the uncompressed point (65 bytes) of a key."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def jwk_of(key: ec.EllipticCurvePrivateKey) -> Jwk:
    """Return the public half as JWK with exactly the four members (RFC 7518 6.2)."""
    point = point_of(key)
    x, y = (base64url_encode(part).decode() for part in (point[1:33], point[33:]))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def device_signature(
    enrolment: Enrolment, point: bytes, presence: Presence | None, at: datetime
) -> Callable[[bytes], bytes]:
    """
    Return the signature function (raw r || s, ES256) of one device key, for one presentation.

    Raises UserNotPresent, and LookupError when the key is not of this enrolment.
    """
    if presence is None:
        raise UserNotPresent
    presence.spend(at)
    return _signature(enrolment, point)


def device_signature_unasked(enrolment: Enrolment, point: bytes) -> Callable[[bytes], bytes]:
    """Return what a broken secure area would: only `Fault.NO_USER` asks for it."""
    return _signature(enrolment, point)


def _signature(enrolment: Enrolment, point: bytes) -> Callable[[bytes], bytes]:
    for der in enrolment.device_keys:
        key = load(der)
        if point_of(key) == point:
            return lambda data: raw_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    raise LookupError("no such device key")
