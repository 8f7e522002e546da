"""Says what is wrong with CBOR that was refused, and where (RFC 8949 appendix C).

Runs only after a refusal, so the good path pays nothing for good messages.
"""

import re
from dataclasses import dataclass, field
from typing import Final

# A key is shown only when it looks like a name of the standard; anything else could be somebody's data.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}", re.ASCII)
_UNFORMED: Final = "the bytes are not well-formed, or a date or text in them is not valid"


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


class _Found(Exception):
    """What was found, on its way out of the walk."""

    def __init__(self, kind: str, path: str, reason: str) -> None:
        super().__init__(kind)
        self.finding = (kind, path.strip("."), reason)


def inspect(data: bytes, max_depth: int) -> tuple[str, str, str]:
    """What is wrong in `data`: kind, path, reason.

    The kind is one of depth, duplicate, indefinite, trailing, not-preferred, malformed.
    """
    walk = _Walk(data, max_depth)
    try:
        walk.item("", 0)
    except _Found as found:
        return found.finding
    if walk.position < len(data):
        return "trailing", "", f"{len(data) - walk.position} bytes follow the end"
    return "malformed", "", _UNFORMED


@dataclass
class _Walk:
    data: bytes
    max_depth: int
    position: int = field(default=0)

    def item(self, path: str, depth: int) -> None:
        major, length = self._head(path)
        if major in (4, 5, 6) and depth >= self.max_depth:
            raise _Found("depth", path, f"nested deeper than {self.max_depth}")
        if major in (2, 3):
            self._take(length, path)
        elif major == 4:
            for index in range(length):
                self.item(f"{path}[{index}]", depth + 1)
        elif major == 5:
            self._map(path, length, depth)
        elif major == 6:
            self.item(path, depth + 1)

    def _map(self, path: str, length: int, depth: int) -> None:
        seen: set[bytes] = set()
        for _ in range(length):
            start = self.position
            self.item(f"{path}.?", depth + 1)
            key = self.data[start : self.position]
            name = f"{path}.{shown(key)}"
            if key in seen:
                raise _Found("duplicate", name, "the key stands twice in one map")
            seen.add(key)
            self.item(name, depth + 1)

    def _head(self, path: str) -> tuple[int, int]:
        """Major type and argument of the next item."""
        try:
            head = read_head(self.data, self.position)
        except Unformed as fault:
            raise _Found("malformed", path, str(fault)) from None
        if head.indefinite:
            raise _Found("indefinite", path, "a length is indefinite")
        if not head.shortest:
            raise _Found("not-preferred", path, "a length or number is not in its shortest form")
        self.position += head.size
        return head.major, head.argument

    def _take(self, size: int, path: str) -> None:
        if self.position + size > len(self.data):
            raise _Found("malformed", path, "the bytes end too early")
        self.position += size


def shown(key: bytes) -> str:
    """A name or small number for the path, or a question mark."""
    if key[0] < 24:
        return str(key[0])
    if key[0] >> 5 == 3:
        text = key[1:] if key[0] < 0x78 else key[2:]
        name = text.decode("latin-1")
        if _NAME.fullmatch(name):
            return name
    return "?"
