"""Ids and keys of the other side, made from the random source that was handed in."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

Chance = Callable[[int], bytes]
Clock = Callable[[], datetime]

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def new_id(random: Chance) -> UUID:
    """Return a random UUID (version 4)."""
    return UUID(bytes=random(16), version=4)


def p256_key(random: Chance) -> ec.EllipticCurvePrivateKey:
    """Return a private key on P-256 (FIPS 186-5 A.2.1: 64 bits more than the order, reduced)."""
    scalar = int.from_bytes(random(40), "big") % (_P256_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())
