"""What an entry of the catalogue says about a docType: its namespaces, elements, types and bounds."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from mdoc.algorithms import ES256
from mdoc.mso import SHA_256

SEXES: Final = frozenset({0, 1, 2, 9})  # ISO/IEC 5218: not known, male, female, not applicable


class Kind(Enum):
    """The form of a value (ISO/IEC 18013-5 7.2.1, table 5)."""

    TEXT = "tstr"
    UINT = "uint"
    BOOL = "bool"
    BYTES = "bstr"
    FULL_DATE = "full-date"
    TDATE = "tdate"
    ANY_DATE = "tdate or full-date"
    ARRAY = "array"

    def holds(self, value: object) -> bool:
        """Whether `value` is of this form (a boolean is no number, a datetime no full-date)."""
        if self is Kind.UINT:
            return type(value) is int and value >= 0
        return type(value) in _TYPES[self]


_TYPES: Mapping[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.BOOL: (bool,),
    Kind.BYTES: (bytes,),
    Kind.FULL_DATE: (date,),
    Kind.TDATE: (datetime,),
    Kind.ANY_DATE: (date, datetime),
    Kind.ARRAY: (list,),
}


@dataclass(frozen=True)
class Element:
    """One element. `most` bounds text, bytes and arrays by length, numbers by value; `provable` means without showing.

    `one_of` lists the only values there are, `shape` says whether the inside of a value is as the table wants it.
    """

    kind: Kind
    mandatory: bool = False
    provable: bool = False
    most: int = 1 << 16
    latin: bool = False
    one_of: frozenset[object] = field(default_factory=frozenset)
    shape: Callable[[object], bool] | None = None

    def allows(self, value: object) -> bool:
        """Whether `value` may be issued under this element."""
        if not self.kind.holds(value) or not self._within(value):
            return False
        return (not self.one_of or value in self.one_of) and (self.shape is None or self.shape(value))

    def _within(self, value: object) -> bool:
        if isinstance(value, str):
            return 0 < len(value) <= self.most and (not self.latin or is_latin(value))
        if isinstance(value, bytes | list):
            return len(value) <= self.most
        return not isinstance(value, int) or value <= self.most


# The graphic characters of ISO/IEC 8859-1: neither control characters nor anything beyond.
_LATIN = re.compile(r"[\x20-\x7e\xa0-\xff]*")


def is_latin(text: str) -> bool:
    """Whether the text keeps to latin-1, as ISO/IEC 18013-5 7.2.1 demands of most of its texts."""
    return _LATIN.fullmatch(text) is not None


def age_elements(*, provable: bool) -> dict[str, Element]:
    """age_over_00 … age_over_99 (7.2.5)."""
    return {f"age_over_{age:02}": Element(Kind.BOOL, provable=provable) for age in range(100)}


@dataclass(frozen=True)
class DocType:
    """
    One docType: namespace → identifier → element.

    `algorithms` (COSE numbers) and `digests`: what its documents may be signed and hashed with.
    """

    name: str
    name_spaces: Mapping[str, Mapping[str, Element]]
    algorithms: frozenset[int] = frozenset({ES256})
    digests: frozenset[str] = frozenset({SHA_256})

    def element(self, name_space: str, identifier: str) -> Element | None:
        """The entry for an element, or None when the docType knows no such element."""
        return self.name_spaces.get(name_space, {}).get(identifier)

    def mandatory(self) -> frozenset[tuple[str, str]]:
        """Namespace and identifier of every element without which nothing is issued."""
        return frozenset(
            (name, identifier)
            for name, elements in self.name_spaces.items()
            for identifier, element in elements.items()
            if element.mandatory
        )


def doc_type(
    name: str,
    name_spaces: Mapping[str, Mapping[str, Element]],
    *,
    algorithms: Iterable[int] = (ES256,),
    digests: Iterable[str] = (SHA_256,),
) -> DocType:
    """An entry that nobody can change any more; signed and hashed as provers want it unless more is said."""
    spaces = MappingProxyType({key: MappingProxyType(dict(one)) for key, one in name_spaces.items()})
    return DocType(name, spaces, frozenset(algorithms), frozenset(digests))
