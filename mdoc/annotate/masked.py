"""Bytes in hex with everything masked that a tree would mask: for showing what was hashed or signed."""

from collections.abc import Iterator
from typing import Final

from mdoc.annotate.kinds import name_of
from mdoc.annotate.scan import ARRAY, BSTR, MAP, TAG, Item, scan
from mdoc.annotate.shape import Shape

MASKED_BYTE: Final = "··"


def masked_hex(data: bytes, shape: Shape, *, reveal: bool = False) -> str:
    """`data`, which has this `shape`, in hex; values, salts and what has no name are dots unless `reveal` is given."""
    shown = [f"{byte:02x}" for byte in data]
    for start, stop in () if reveal else _hidden(data, scan(data), shape, 0):
        shown[start:stop] = [MASKED_BYTE] * (stop - start)
    return "".join(shown)


def _hidden(data: bytes, item: Item, shape: Shape, base: int) -> Iterator[tuple[int, int]]:
    """The places that nobody may see."""
    if not shape.shown:
        yield base + item.offset, base + item.offset + item.length
    elif item.major == MAP:
        yield from _hidden_entries(data, item, shape, base)
    elif item.major == ARRAY:
        for index, child in enumerate(item.children):
            yield from _hidden(data, child, shape.part(index).shape, base)
    elif item.major == TAG:
        for child in item.children:
            yield from _hidden(data, child, shape.under(item.argument), base)
    elif item.major == BSTR and shape.inside is not None:
        content = data[item.content]
        yield from _hidden(content, scan(content), shape.inside, base + item.content.start) if content else ()


def _hidden_entries(data: bytes, item: Item, shape: Shape, base: int) -> Iterator[tuple[int, int]]:
    for key, value in zip(item.children[::2], item.children[1::2], strict=False):
        name = name_of(data, key)
        if name is not None and name in shape.members:
            yield from _hidden(data, value, shape.members[name].shape, base)
        elif shape.each is not None:
            yield from _hidden(data, value, shape.each, base)
        else:  # an entry without a name: its key could be data as well
            yield base + key.offset, base + value.offset + value.length
