import cbor2
from hypothesis import given
from hypothesis import strategies as st

from mdoc import heads

LENGTHS = st.sampled_from((0, 23, 24, 255, 256, 65_535, 65_536))


@given(LENGTHS)
def test_heads_are_the_shortest(length: int) -> None:
    """A byte string of any length, alone and in tag 24, is written as the general encoder writes it."""
    data = bytes(length)
    assert heads.byte_string(data) == cbor2.dumps(data)
    assert heads.tag_24(data) == cbor2.dumps(cbor2.CBORTag(24, data))


@given(st.lists(st.integers(), max_size=30))
def test_an_array_is_put_together_from_its_parts(values: list[int]) -> None:
    """Parts that are encoded already make the array that the general encoder would write."""
    assert heads.array(*map(cbor2.dumps, values)) == cbor2.dumps(values)
