import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import cbor, status_list, status_token
from mdoc.errors import MalformedData

FOLDER = Path(__file__).parents[1] / "vectors" / "token_status_list"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "lists.json").read_text())
LONG: list[dict[str, Any]] = json.loads((FOLDER / "long_lists.json").read_text())
LISTS = st.sampled_from(status_list.WIDTHS).flatmap(
    lambda bits: st.tuples(st.just(bits), st.lists(st.integers(0, (1 << bits) - 1), min_size=1))
)


@pytest.mark.parametrize("vector", VECTORS)
def test_lists_of_the_draft(vector: dict[str, Any]) -> None:
    """The draft's entries pack and compress to the draft's bytes, and back."""
    packed = status_list.pack(vector["values"], vector["bits"])
    assert packed.hex() == vector["packed"]
    assert status_list.compress(packed).hex() == vector["compressed"]
    assert status_list.decompress(bytes.fromhex(vector["compressed"])) == packed


@pytest.mark.parametrize("vector", LONG, ids=lambda vector: str(vector["bits"]))
def test_long_lists_of_the_draft(vector: dict[str, Any]) -> None:
    """The draft's lists of 2^20 entries come out byte for byte, map and all, and read as its entries."""
    bits, size = vector["bits"], vector["size"]
    packed = bytearray(size * bits // 8)
    for index, value in vector["entries"].items():
        status_list.set_value(packed, bits, int(index), value)
    compressed = status_list.compress(bytes(packed))
    assert cbor.encode(status_token.status_list_entry(bits, compressed)).hex() == vector["cbor"]
    assert status_list.decompress(cbor.decode(bytes.fromhex(vector["cbor"]))["lst"]) == packed
    assert status_list.capacity(packed, bits) == size


@pytest.mark.parametrize("vector", LONG, ids=lambda vector: str(vector["bits"]))
def test_what_is_published_is_the_same_list(vector: dict[str, Any]) -> None:
    """The faster compression gives a ZLIB stream of the same list, and of no more than twice the bytes."""
    best = cbor.decode(bytes.fromhex(vector["cbor"]))["lst"]
    packed = status_list.decompress(best)
    published = status_list.compress_runs(packed)
    assert zlib.decompress(published) == packed
    assert len(published) < 2 * len(best) + 1024


@settings(deadline=None, max_examples=100)
@given(LISTS, st.data())
def test_array_behaves_like_a_plain_list(drawn: tuple[int, list[int]], data: st.DataObject) -> None:
    """Reading and writing single entries agrees with a plain list, and touches no neighbour."""
    bits, values = drawn
    packed = bytearray(status_list.pack(values, bits))
    assert status_list.capacity(bytes(packed), bits) - len(values) in range(8 // bits)
    place = data.draw(st.integers(0, len(values) - 1))
    values[place] = data.draw(st.integers(0, (1 << bits) - 1))
    status_list.set_value(packed, bits, place, values[place])
    assert [status_list.get(bytes(packed), bits, index) for index in range(len(values))] == values


@pytest.mark.parametrize("index", [-1, 8, 1 << 40])
def test_index_outside_is_refused(index: int) -> None:
    """An index outside the list is refused for reading and for writing."""
    with pytest.raises(MalformedData, match="outside"):
        status_list.get(bytes(2), 2, index)
    with pytest.raises(MalformedData, match="outside"):
        status_list.set_value(bytearray(2), 2, index, 1)


def test_width_and_value_have_bounds() -> None:
    """Widths other than 1, 2, 4 and 8, and values that do not fit, are refused."""
    for bits in (0, 3, 16):
        with pytest.raises(MalformedData, match="not 1, 2, 4 or 8"):
            status_list.pack([0], bits)
    for value in (4, -1):
        with pytest.raises(MalformedData, match="fit"):
            status_list.pack([value], 2)
        with pytest.raises(MalformedData, match="fit"):
            status_list.set_value(bytearray(2), 2, 0, value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not zlib", "not a ZLIB"),
        (zlib.compress(bytes(9))[:-1], "cut"),
        (zlib.compress(bytes(9)) + b"x", "followed"),
        (zlib.compress(bytes(1001)), "limit"),
        (b"", "cut"),
    ],
)
def test_bad_stream_is_refused(data: bytes, reason: str) -> None:
    """A stream that is none, is cut, is followed by something or inflates beyond the limit is refused."""
    with pytest.raises(MalformedData, match=reason):
        status_list.decompress(data, limit=1000)


def test_limit_itself_is_allowed() -> None:
    """A list of exactly the limit inflates."""
    assert status_list.decompress(zlib.compress(bytes(1000)), limit=1000) == bytes(1000)
