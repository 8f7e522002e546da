from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mdoc.cose_key import AnyKey, encode_key, read_agreement_key, read_key
from mdoc.errors import MalformedData
from tests.mdoc.test_key_agreement import KEYS
from tests.mdoc.world import DEVICE_KEY, private_key

KEY = encode_key(DEVICE_KEY.public_key())


@pytest.mark.parametrize(
    ("curve", "number"),
    [
        ("P-256", 1),
        ("P-384", 2),
        ("P-521", 3),
        ("brainpoolP256r1", 256),
        ("brainpoolP384r1", 258),
        ("brainpoolP512r1", 259),
        ("X25519", 4),
        ("X448", 5),
    ],
)
def test_key_is_read_as_written(curve: str, number: int) -> None:
    """A key on each registered curve has exactly kty, crv, x and y in this order and is read again."""
    public = KEYS[curve](9).public_key()
    encoded = encode_key(public)
    assert list(encoded) == ([1, -1, -2] if curve.startswith("X") else [1, -1, -2, -3])
    assert encoded[-1] == number
    assert read_agreement_key(encoded, "k", compressed=False) == public


def test_compressed_point_is_read() -> None:
    """A sign bit in place of y gives the same key."""
    y: Any = KEY[-3]
    assert read_key(KEY | {-3: bool(y[-1] & 1)}, "k") == DEVICE_KEY.public_key()


def test_more_entries_do_no_harm() -> None:
    """Other issuers add kid and alg; they are left alone."""
    assert read_key(KEY | {2: b"kid", 3: -7}, "k") == DEVICE_KEY.public_key()


@pytest.mark.parametrize(
    ("public", "number"),
    [
        (Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key(), 6),
        (Ed448PrivateKey.from_private_bytes(bytes(range(57))).public_key(), 7),
    ],
)
def test_edwards_key_signs_and_agrees_on_nothing(public: AnyKey, number: int) -> None:
    """An Edwards key is read as written, and refused where a key agreement is needed."""
    encoded = encode_key(public)
    assert (encoded[1], encoded[-1]) == (1, number)
    assert read_key(encoded, "k") == public
    with pytest.raises(MalformedData, match="agreement"):
        read_agreement_key(encoded, "k")


def test_compressed_point_is_refused_where_it_may_not_be() -> None:
    """An engagement key may be compressed, a reader's key may not."""
    compressed = KEY | {-3: True}
    read_agreement_key(compressed, "k")
    with pytest.raises(MalformedData, match="compressed"):
        read_agreement_key(compressed, "k", compressed=False)


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
        ({1: 1, -1: 4, -2: bytes(31)}, "not on the curve"),
        ({1: 1, -1: 1, -2: bytes(32)}, "not supported"),
        (KEY | {-1: 257}, "not supported"),
    ],
)
def test_wrong_key_is_refused(value: object, reason: str) -> None:
    """A private key, a point off the curve and every other fault is refused with its reason."""
    with pytest.raises(MalformedData, match=reason):
        read_key(value, "k")


def test_curve_without_number_is_not_written() -> None:
    """A curve without a registered number cannot be written."""
    with pytest.raises(MalformedData, match="registered"):
        encode_key(private_key(9, ec.SECP256K1()).public_key())
