"""Says what is wrong with CBOR that was refused, and where (RFC 8949 appendix C).

Runs only after a refusal, so the good path pays nothing for good messages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias

from mdoc.errors import MdocError
from mdoc.paths import entry

_UNFORMED: Final = "the bytes are not well-formed"
MAX_ITEMS: Final = 1 << 16  # beyond, the place of a fault is not looked for: that would cost more than reading did


class Unformed(Exception):
    """A head that cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an item: major type, additional information, argument, and its own size in bytes."""

    major: int
    info: int
    argument: int
    size: int

    @property
    def indefinite(self) -> bool:
        """Whether the length is left open."""
        return self.info == 31

    @property
    def shortest(self) -> bool:
        """Whether no shorter head says the same; floats and simple values carry bits, not a number."""
        least = 24 if self.size == 2 else 1 << 4 * (self.size - 1)
        return self.major == 7 or self.size == 1 or self.argument >= least


def read_head(data: bytes, position: int) -> Head:
    """The head at `position` (RFC 8949 3). Raises Unformed."""
    if position >= len(data):
        raise Unformed("the bytes end too early")
    major, info = data[position] >> 5, data[position] & 31
    if info < 24 or info == 31:
        return Head(major, info, info, 1)
    if info > 27:
        raise Unformed(_UNFORMED)
    end = position + 1 + (1 << info - 24)
    if end > len(data):
        raise Unformed("the bytes end too early")
    return Head(major, info, int.from_bytes(data[position + 1 : end], "big"), end - position)


class Fault(Enum):
    """What can be wrong."""

    DEPTH = "depth"
    DUPLICATE = "duplicate"
    INDEFINITE = "indefinite"
    TRAILING = "trailing"
    NOT_PREFERRED = "not preferred"
    MALFORMED = "malformed"
    TEXT = "text"
    TAG = "tag"
    DATE = "date"


Finding: TypeAlias = tuple[Fault, str, str]  # what, where, why
Dates: TypeAlias = Mapping[int, Callable[[object], object]]  # tag -> reader of the text under it, which may raise


class _Found(Exception):
    """What was found, on its way out of the walk."""

    def __init__(self, fault: Fault, path: str, reason: str) -> None:
        super().__init__(fault.value)
        self.finding: Finding = (fault, path, reason)


def inspect(data: bytes, max_depth: int, dates: Dates) -> Finding:
    """The first fault in `data`, with its place and a reason without values.

    Lengths that are not the shortest count last: readers take them, except where their bytes are hashed (tag 24).
    """
    walk = _Walk(data, max_depth, dates)
    try:
        walk.item("", 0)
    except _Found as found:
        return found.finding
    if walk.position < len(data):
        return Fault.TRAILING, "", f"{len(data) - walk.position} bytes follow the end"
    if walk.not_preferred is not None:
        return Fault.NOT_PREFERRED, walk.not_preferred, "a length or number is not in its shortest form"
    return Fault.MALFORMED, "", _UNFORMED


@dataclass
class _Walk:
    data: bytes
    max_depth: int
    dates: Dates
    position: int = field(default=0)
    not_preferred: str | None = field(default=None)
    items: int = field(default=0)

    def item(self, path: str, depth: int) -> Head:
        """Walk over one item and return its head."""
        self.items += 1
        if self.items > MAX_ITEMS:
            raise _Found(Fault.MALFORMED, "", f"something is wrong behind the first {MAX_ITEMS} items")
        head = self._head(path)
        if head.major in (4, 5, 6) and depth >= self.max_depth:
            raise _Found(Fault.DEPTH, path, f"nested deeper than {self.max_depth}")
        if head.major == 2:
            self._take(head.argument, path)
        elif head.major == 3:
            self._text(head.argument, path)
        elif head.major == 4:
            for index in range(head.argument):
                self.item(f"{path}[{index}]", depth + 1)
        elif head.major == 5:
            self._map(path, head.argument, depth)
        elif head.major == 6:
            self._tag(path, head, depth)
        return head

    def _map(self, path: str, length: int, depth: int) -> None:
        seen: set[bytes] = set()
        for _ in range(length):
            start = self.position
            self.item(entry(path, None), depth + 1)
            key = self.data[start : self.position]
            name = entry(path, key_of(key))
            if key in seen:
                raise _Found(Fault.DUPLICATE, name, "the key stands twice in one map")
            seen.add(key)
            self.item(name, depth + 1)

    def _tag(self, path: str, tag: Head, depth: int) -> None:
        start = self.position
        inner = self.item(path, depth + 1)
        if tag.argument == 24:
            if inner.major != 2:
                raise _Found(Fault.TAG, path, "tag 24 is not over a byte string")
            if not (tag.shortest and inner.shortest):
                self.not_preferred = path
        elif tag.argument in self.dates:
            self._date(path, tag.argument, self.data[start + inner.size : self.position] if inner.major == 3 else None)

    def _date(self, path: str, tag: int, encoded: bytes | None) -> None:
        try:
            self.dates[tag](None if encoded is None else encoded.decode())
        except (MdocError, ValueError):
            name = "an instant in whole seconds of UTC" if tag == 0 else "a day"
            raise _Found(Fault.DATE, path, f"tag {tag} is not over {name}") from None

    def _head(self, path: str) -> Head:
        """The head of the next item."""
        try:
            head = read_head(self.data, self.position)
        except Unformed as fault:
            raise _Found(Fault.MALFORMED, path, str(fault)) from None
        if head.indefinite:
            raise _Found(Fault.INDEFINITE, path, "a length is indefinite")
        if not head.shortest and self.not_preferred is None:
            self.not_preferred = path
        self.position += head.size
        return head

    def _text(self, size: int, path: str) -> None:
        start = self.position
        self._take(size, path)
        try:
            self.data[start : self.position].decode()
        except UnicodeDecodeError:
            raise _Found(Fault.TEXT, path, "a text is not UTF-8") from None

    def _take(self, size: int, path: str) -> None:
        if self.position + size > len(self.data):
            raise _Found(Fault.MALFORMED, path, "the bytes end too early")
        self.position += size


def key_of(encoded: bytes) -> object:
    """The key in `encoded`, one item: its number or text, or None for every other kind of key."""
    head = read_head(encoded, 0)
    if head.major == 0:
        return head.argument
    if head.major == 1:
        return -1 - head.argument
    return encoded[head.size :].decode("latin-1") if head.major == 3 else None
