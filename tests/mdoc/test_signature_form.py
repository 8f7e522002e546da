import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from mdoc.signature_form import der_signature, raw_signature

WIDTHS = st.sampled_from((32, 48, 66))


@given(WIDTHS, st.data())
def test_both_forms_say_the_same(width: int, data: st.DataObject) -> None:
    """DER is the library's own for numbers of every length, and leads back to numbers of fixed width."""
    length = st.integers(0, 8 * width)
    r, s = (data.draw(st.integers(0, (1 << data.draw(length)) - 1)) for _ in range(2))
    raw = r.to_bytes(width) + s.to_bytes(width)
    assert der_signature(raw, width) == encode_dss_signature(r, s)
    assert raw_signature(encode_dss_signature(r, s), width) == raw


@pytest.mark.parametrize("length", [0, 63, 65, 96])
def test_a_signature_has_twice_the_width(length: int) -> None:
    """Bytes of another length are no signature of the curve."""
    with pytest.raises(ValueError, match="length"):
        der_signature(bytes(length))


@pytest.mark.parametrize("place", [0, 1, 2, 3, -1])
def test_what_is_not_der_is_no_signature(place: int) -> None:
    """A byte too many, a wrong tag or a wrong length is refused, also around numbers of the usual size."""
    der = encode_dss_signature(1 << 254, 1 << 255)
    assert len(raw_signature(der)) == 64
    spoiled = der + b"\0" if place < 0 else der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
    with pytest.raises((ValueError, OverflowError)):
        raw_signature(spoiled)
