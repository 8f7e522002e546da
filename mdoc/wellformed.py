"""Says what is wrong with CBOR that was refused, and where (RFC 8949 appendix C).

Runs only after a refusal, so the good path pays nothing for good messages.
"""

import re
from dataclasses import dataclass, field
from typing import Final

# A key is shown only when it looks like a name of the standard; anything else could be somebody's data.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}", re.ASCII)
_UNFORMED: Final = "the bytes are not well-formed, or a date or text in them is not valid"


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
            name = f"{path}.{_shown(key)}"
            if key in seen:
                raise _Found("duplicate", name, "the key stands twice in one map")
            seen.add(key)
            self.item(name, depth + 1)

    def _head(self, path: str) -> tuple[int, int]:
        """Major type and argument of the next item."""
        first = self._take(1, path)[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        if info == 31:
            raise _Found("indefinite", path, "a length is indefinite")
        if info > 27:
            raise _Found("malformed", path, _UNFORMED)
        size = 1 << info - 24
        value = int.from_bytes(self._take(size, path), "big")
        # Floating point and simple values (major type 7) carry bits, not a length.
        if major != 7 and value < (24 if size == 1 else 1 << 4 * size):
            raise _Found("not-preferred", path, "a length or number is not in its shortest form")
        return major, value

    def _take(self, size: int, path: str) -> bytes:
        end = self.position + size
        if end > len(self.data):
            raise _Found("malformed", path, "the bytes end too early")
        taken = self.data[self.position : end]
        self.position = end
        return taken


def _shown(key: bytes) -> str:
    """A name or small number for the path, or a question mark."""
    if key[0] < 24:
        return str(key[0])
    if key[0] >> 5 == 3:
        text = key[1:] if key[0] < 0x78 else key[2:]
        name = text.decode("latin-1")
        if _NAME.fullmatch(name):
            return name
    return "?"
