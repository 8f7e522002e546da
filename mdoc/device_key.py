"""The device key of an MSO, made a key of OpenSSL only when somebody asks for it.

Issuer data authentication checks that the point is on the curve and never uses the key; to hand it over to OpenSSL
takes longer than reading all the rest of an MSO.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from mdoc.cose_key import AnyKey

_P_256: Final = ec.SECP256R1()
# y^2 = x^3 - 3x + b modulo p (SEC 2 2.4.2, NIST SP 800-186 3.2.1.3). The cofactor is 1: every point is in the group.
_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8_AA3A93E7_B3EBBD55_769886BC_651D06B0_CC53B0F6_3BCE3C3E_27D2604B


class DeviceKey:
    """A public key as it stands in an MSO; two are equal when their keys are. Prints nothing of it."""

    __slots__ = ("_key", "_point")

    def __init__(self, key: AnyKey | None, point: bytes = b"") -> None:
        self._key, self._point = key, point

    @classmethod
    def of_point(cls, x: bytes, y: bytes) -> "DeviceKey":
        """The key with these coordinates on P-256, 32 bytes each. Raises ValueError when they are no point of it."""
        if not on_p_256(int.from_bytes(x, "big"), int.from_bytes(y, "big")):
            raise ValueError("the point is not on the curve")
        return cls(None, b"\x04" + x + y)

    @property
    def key(self) -> AnyKey:
        """The key as `cryptography` has it."""
        if self._key is None:
            self._key = ec.EllipticCurvePublicKey.from_encoded_point(_P_256, self._point)
        return self._key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceKey) and self.key == other.key

    __hash__ = None  # type: ignore[assignment]  # the keys of `cryptography` promise none that goes with equality

    def __repr__(self) -> str:
        return "DeviceKey()"


def on_p_256(x: int, y: int) -> bool:
    """Whether these are the coordinates of a point, each below the prime of the field as OpenSSL asks too."""
    return x < _P and y < _P and (y * y - (x * x - 3) * x - _B) % _P == 0
