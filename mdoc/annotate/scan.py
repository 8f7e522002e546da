"""CBOR as a tree of places: every item with its offset and length, as far as the bytes go (RFC 8949).

Unlike `mdoc.cbor` this reader goes on after a fault where it can: it is for people who look for the byte that is wrong.
"""

from dataclasses import dataclass, field
from typing import Final

from mdoc.cbor import MAX_DEPTH
from mdoc.wellformed import Unformed, read_head

MAX_ITEMS: Final = 50_000
BSTR, TSTR, ARRAY, MAP, TAG, SIMPLE = 2, 3, 4, 5, 6, 7
_BREAK: Final = 0xFF


@dataclass(slots=True, repr=False)
class Item:
    """One item. `offset` counts from the beginning of the bytes that were scanned, `head` is the size of its head.

    `children` are elements, keys and values in turn, or the one item under a tag. `fault` says what is wrong here.
    """

    offset: int
    major: int = SIMPLE
    info: int = 0
    argument: int = 0
    head: int = 0
    length: int = 0
    fault: str = ""
    children: list["Item"] = field(default_factory=list)

    @property
    def content(self) -> slice:
        """Where the content of a string stands."""
        return slice(self.offset + self.head, self.offset + self.length)


class _Stop(Exception):
    """Nothing behind this place can be read."""


def scan(data: bytes, budget: list[int] | None = None) -> Item:
    """The item in `data`, which should be exactly one; what is wrong stands in `fault` of the item concerned.

    `budget` holds the number of items that may still be made, shared by scans of one document.
    """
    walk = _Walk(data, budget or [MAX_ITEMS])
    root = Item(0)
    try:
        walk.item(root, 0)
    except _Stop:
        return root
    if walk.position < len(data) and not root.fault:
        root.fault = f"{len(data) - walk.position} bytes follow the end, from offset {walk.position}"
    return root


class _Walk:
    def __init__(self, data: bytes, budget: list[int]) -> None:
        self.data = data
        self.position = 0
        self.budget = budget

    def item(self, item: Item, depth: int) -> None:
        """Fill `item`, which its parent already holds, so that a stop loses nothing."""
        try:
            self._head(item, depth)
            if item.major in (BSTR, TSTR):
                self._string(item, depth)
            elif item.major == ARRAY:
                self._children(item, item.argument, depth)
            elif item.major == MAP:
                self._children(item, 2 * item.argument, depth)
                self._note_duplicates(item)
            elif item.major == TAG:
                self._child(item, depth)
        finally:
            item.length = self.position - item.offset

    def _head(self, item: Item, depth: int) -> None:
        self.budget[0] -= 1
        if self.budget[0] < 0:
            self._stop(item, "there are too many items to show")
        try:
            head = read_head(self.data, self.position)
        except Unformed as fault:
            self._stop(item, str(fault))
        item.major, item.info, item.argument, item.head = head.major, head.info, head.argument, head.size
        if item.major in (ARRAY, MAP, TAG) and depth >= MAX_DEPTH:
            self._stop(item, f"nested deeper than {MAX_DEPTH}")
        self.position += head.size
        if head.indefinite:
            if item.major not in (BSTR, TSTR, ARRAY, MAP):
                self._stop(item, "the bytes are not well-formed")
            item.fault = "the length is indefinite"
        elif not head.shortest:
            item.fault = "the head is not in its shortest form"

    def _string(self, item: Item, depth: int) -> None:
        if item.info == 31:
            self._children(item, 0, depth)
            return
        end = self.position + item.argument
        if end > len(self.data):
            missing = end - len(self.data)
            self.position = len(self.data)
            self._stop(item, f"the string says {item.argument} bytes, and {missing} of them are missing")
        self.position = end
        if item.major == TSTR and not _is_text(self.data[item.content.start : end]):
            item.fault = item.fault or "the text is not UTF-8"

    def _children(self, item: Item, count: int, depth: int) -> None:
        if item.info == 31:
            while self.data[self.position : self.position + 1] != bytes([_BREAK]):
                self._child(item, depth)
            self.position += 1
            return
        for _ in range(count):
            self._child(item, depth)

    def _child(self, item: Item, depth: int) -> None:
        child = Item(self.position)
        item.children.append(child)
        self.item(child, depth + 1)

    def _note_duplicates(self, item: Item) -> None:
        seen: set[bytes] = set()
        for key in item.children[::2]:
            encoded = self.data[key.offset : key.offset + key.length]
            if encoded in seen:
                key.fault = key.fault or "the key stands twice in one map"
            seen.add(encoded)

    def _stop(self, item: Item, fault: str) -> None:
        item.fault = fault
        raise _Stop


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
