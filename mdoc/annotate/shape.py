"""What a shape is: how the standard names the parts of a structure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Note: TypeAlias = Callable[[int | str | bytes], str]
Name: TypeAlias = int | str


@dataclass(frozen=True)
class Shape:
    """The names of one structure.

    `members`: entries of a map by key; `parts`: elements of an array by position; `each`: any other entry or element,
    whose own key is then shown as `key` says (`namespace`, `digestID`); `inside`: the CBOR in a byte string or tag 24.
    `shown`: whether plain values may be seen by everybody. `note` explains a plain value.
    """

    name: str = ""
    members: Mapping[Name, "Entry"] = field(default_factory=dict)
    parts: tuple["Entry", ...] = ()
    each: "Shape | None" = None
    key: str = ""
    inside: "Shape | None" = None
    shown: bool = True
    note: Note | None = None

    def part(self, index: int) -> "Entry":
        """What the standard calls an element of the array."""
        return self.parts[index] if index < len(self.parts) else Entry(f"[{index}]", self.each or HIDDEN)

    def under(self, tag: int) -> "Shape":
        """The shape of what stands under a tag: inside tag 24 stands CBOR, whether the standard says what or not."""
        return Shape(inside=self.inside or HIDDEN, shown=self.shown) if tag == 24 else self


@dataclass(frozen=True)
class Entry:
    """A named place: the label that is shown, and the shape of what stands there."""

    label: str
    shape: Shape


# Whatever the standard has no name for could be somebody's data: it is hidden with all that stands below it.
HIDDEN = Shape(shown=False)
PLAIN = Shape()


def named(names: Mapping[Name, str], what: str = "") -> Shape:
    """A plain value out of a register, explained by it."""

    def note(value: int | str | bytes) -> str:
        return "" if isinstance(value, bytes) else names.get(value, f"no {what} of the standard" if what else "")

    return Shape(note=note)


def entries(**shapes: Shape) -> dict[Name, Entry]:
    """Members whose keys are names already."""
    return {name: Entry(name, shape) for name, shape in shapes.items()}


def labelled(shapes: Mapping[Name, tuple[str, Shape]]) -> dict[Name, Entry]:
    """Members whose keys are numbers, each with its registered name."""
    return {key: Entry(f"{name} ({key})", shape) for key, (name, shape) in shapes.items()}
