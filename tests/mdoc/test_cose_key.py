from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mdoc.cose_key import encode_key, read_ec_key, read_key
from mdoc.errors import MalformedData
from tests.mdoc.world import DEVICE_KEY, private_key

KEY = encode_key(DEVICE_KEY.public_key())


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_key_is_read_as_written(curve: ec.EllipticCurve) -> None:
    """A key on each registered curve has exactly kty, crv, x, y in this order and is read again."""
    public = private_key(9, curve).public_key()
    encoded = encode_key(public)
    assert list(encoded) == [1, -1, -2, -3]
    assert read_ec_key(encoded, "k") == public


def test_compressed_point_is_read() -> None:
    """A sign bit in place of y gives the same key."""
    y: Any = KEY[-3]
    assert read_key(KEY | {-3: bool(y[-1] & 1)}, "k") == DEVICE_KEY.public_key()


def test_more_entries_do_no_harm() -> None:
    """Other issuers add kid and alg; they are left alone."""
    assert read_key(KEY | {2: b"kid", 3: -7}, "k") == DEVICE_KEY.public_key()


def test_edwards_key_signs_and_agrees_on_nothing() -> None:
    """An Ed25519 key is read, and refused where a key agreement is needed."""
    public = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    encoded = {1: 1, -1: 6, -2: public.public_bytes(Encoding.Raw, PublicFormat.Raw)}
    assert read_key(encoded, "k") == public
    with pytest.raises(MalformedData, match="agreement"):
        read_ec_key(encoded, "k")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "not of type map"),
        (KEY | {-4: bytes(32)}, "private key"),
        ({1: 2}, "missing"),
        (KEY | {1: 3}, "not supported"),
        (KEY | {-1: 8}, "not supported"),
        (KEY | {-2: bytes(31)}, "length"),
        (KEY | {-3: bytes(31)}, "length"),
        (KEY | {-3: 5}, "length"),
        (KEY | {-3: bytes(32)}, "not on the curve"),
        ({1: 1, -1: 6, -2: bytes(31)}, "not on the curve"),
    ],
)
def test_wrong_key_is_refused(value: object, reason: str) -> None:
    """A private key, a point off the curve and every other fault is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        read_key(value, "k")


def test_curve_without_number_is_not_written() -> None:
    """A curve without a registered number cannot be written."""
    with pytest.raises(MalformedData, match="registered"):
        encode_key(private_key(9, ec.BrainpoolP256R1()).public_key())
