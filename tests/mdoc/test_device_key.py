import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc.device_key import DeviceKey, on_p_256
from tests.mdoc.world import DEVICE_KEY, private_key

NUMBERS = DEVICE_KEY.public_key().public_numbers()
PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
X, Y = NUMBERS.x.to_bytes(32), NUMBERS.y.to_bytes(32)


def accepted(x: int, y: int) -> bool:
    """Whether OpenSSL takes the coordinates."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x.to_bytes(32) + y.to_bytes(32))
    except ValueError:
        return False
    return True


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 1 << 200), st.integers(0, 255), st.integers(0, 1))
def test_every_point_of_the_curve_is_found_on_it(secret: int, bit: int, axis: int) -> None:
    """A public key is on the curve; with one bit of a coordinate turned it is where OpenSSL says it is."""
    point = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()
    assert on_p_256(point.x, point.y)
    turned = (point.x ^ (1 - axis) << bit, point.y ^ axis << bit)
    assert on_p_256(*turned) is accepted(*turned) is False


# x = 5 is on the curve, and small enough to be written a second time above the prime.
SMALL = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x02" + (5).to_bytes(32)).public_numbers()


@pytest.mark.parametrize(
    ("x", "y"), [(0, 0), (PRIME, NUMBERS.y), (NUMBERS.x, PRIME), (SMALL.x + PRIME, SMALL.y), (NUMBERS.y, NUMBERS.x)]
)
def test_coordinates_stay_below_the_prime(x: int, y: int) -> None:
    """A coordinate at or above the prime is refused although the equation holds modulo the prime, as by OpenSSL."""
    assert on_p_256(SMALL.x, SMALL.y)
    assert on_p_256(x, y) is accepted(x, y) is False


def test_the_key_is_that_of_the_point() -> None:
    """What was only a point is equal to the same key however it came, and to no other."""
    of_point, of_key = DeviceKey.of_point(X, Y), DeviceKey(DEVICE_KEY.public_key())
    assert of_point.key == DEVICE_KEY.public_key()
    assert of_point == of_key
    assert of_point != DeviceKey(private_key(3).public_key())
    assert of_point != DEVICE_KEY.public_key()


def test_nothing_is_made_of_other_coordinates() -> None:
    """Coordinates that are no point are refused at once, not when the key is asked for."""
    with pytest.raises(ValueError, match="not on the curve"):
        DeviceKey.of_point(Y, X)


def test_the_key_does_not_print() -> None:
    """A device key tells holders apart, so nothing of it is printed."""
    assert repr(DeviceKey.of_point(X, Y)) == "DeviceKey()"
