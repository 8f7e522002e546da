from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x448 import X448PrivateKey, X448PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from mdoc import key_agreement
from mdoc.errors import MalformedData
from tests.mdoc.world import private_key

TRANSCRIPT = b"\x83\xf6\xf6\xf6"


def x25519(number: int) -> X25519PrivateKey:
    """An X25519 key that is the same in every run."""
    return X25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def x448(number: int) -> X448PrivateKey:
    """An X448 key that is the same in every run."""
    return X448PrivateKey.from_private_bytes(bytes([number]) * 56)


def on(curve: ec.EllipticCurve) -> Callable[[int], key_agreement.PrivateKey]:
    """Keys on a curve with two coordinates."""
    return lambda number: private_key(number, curve)


KEYS: dict[str, Callable[[int], key_agreement.PrivateKey]] = {
    "P-256": on(ec.SECP256R1()),
    "P-384": on(ec.SECP384R1()),
    "P-521": on(ec.SECP521R1()),
    "brainpoolP256r1": on(ec.BrainpoolP256R1()),
    "brainpoolP384r1": on(ec.BrainpoolP384R1()),
    "brainpoolP512r1": on(ec.BrainpoolP512R1()),
    "X25519": x25519,
    "X448": x448,
}


@pytest.mark.parametrize("curve", KEYS)
def test_both_sides_derive_one_key(curve: str) -> None:
    """On every curve both sides have one key, which differs for every name, session and partner."""
    ours, theirs = KEYS[curve](11), KEYS[curve](12)
    key = key_agreement.derive(ours, theirs.public_key(), TRANSCRIPT, b"SKDevice")
    assert key == key_agreement.derive(theirs, ours.public_key(), TRANSCRIPT, b"SKDevice")
    assert len(key) == 32
    others = {
        key_agreement.derive(ours, theirs.public_key(), TRANSCRIPT, b"SKReader"),
        key_agreement.derive(ours, theirs.public_key(), b"\x83\xf6\xf6\x01", b"SKDevice"),
        key_agreement.derive(ours, KEYS[curve](13).public_key(), TRANSCRIPT, b"SKDevice"),
    }
    assert len(others | {key}) == 4


@pytest.mark.parametrize("ours", KEYS)
def test_two_curves_agree_on_nothing(ours: str) -> None:
    """A key on one curve and a key on another have no shared secret."""
    for theirs in KEYS.keys() - {ours}:
        with pytest.raises(MalformedData, match="one curve"):
            key_agreement.derive(KEYS[ours](11), KEYS[theirs](12).public_key(), TRANSCRIPT, b"x")


def test_point_of_small_order_is_refused() -> None:
    """A public key that gives the same secret with every key is refused, on both curves that have one."""
    for private, public in (
        (x25519(1), X25519PublicKey.from_public_bytes(bytes(32))),
        (x448(1), X448PublicKey.from_public_bytes(bytes(56))),
    ):
        with pytest.raises(MalformedData, match="shared secret"):
            key_agreement.derive(private, public, TRANSCRIPT, b"x")
