"""A line of an annotated tree, and what may be shown of a value."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MASK: Final = "•••"
_LONG, _LONGER = 64, 8192


@dataclass(slots=True, repr=False)
class Node:
    """One place in the bytes: `offset` from the beginning of the file, `length`, what stands there and what it means.

    `head` is the encoded head in hex, empty where it would give a masked value away; `label` the name of the standard;
    `kind` the type of the encoding; `value` the decoded value or a mask; `note` explains, `problem` says what is wrong.
    """

    offset: int
    length: int
    kind: str
    label: str = ""
    head: str = ""
    value: str = ""
    note: str = ""
    problem: str = ""
    children: list["Node"] = field(default_factory=list)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        """The node and all below it, each with its depth, in the order of the bytes."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def problems(self) -> list["Node"]:
        """The nodes at which something is wrong."""
        return [node for _, node in self.walk() if node.problem]

    def as_object(self) -> dict[str, object]:
        """The tree for programs; empty entries stay out."""
        told: dict[str, object] = {"offset": self.offset, "length": self.length, "kind": self.kind}
        for name in ("label", "head", "value", "note", "problem"):
            if entry := getattr(self, name):
                told[name] = entry
        if self.children:
            told["children"] = [child.as_object() for child in self.children]
        return told


def hexed(data: bytes, *, whole: bool = False) -> str:
    """Bytes in hex, cut after 64 (after 8192 where the whole is wanted)."""
    limit = _LONGER if whole else _LONG
    return f"h'{data[:limit].hex()}" + ("…'" if len(data) > limit else "'")


def quoted(text: str) -> str:
    """Text in quotation marks; what would move a cursor or turn the direction of writing is spelled out."""
    cut = text if len(text) <= _LONGER else text[:_LONGER] + "…"
    return '"' + "".join(one if _plain(one) else _spelled(one) for one in cut) + '"'


def _plain(one: str) -> bool:
    """Whether a character only shows itself; the ideographic space stands in every Japanese name."""
    return (one.isprintable() or one == "\u3000") and one not in '"\\'


def _spelled(one: str) -> str:
    return f"\\{one}" if one in '"\\' else f"\\u{{{ord(one):x}}}"
