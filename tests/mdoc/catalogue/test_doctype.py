from datetime import UTC, date, datetime
from typing import Any

import pytest

from mdoc.catalogue.doctype import Element, Kind, doc_type

AT = datetime(2026, 4, 10, tzinfo=UTC)
EVERYTHING: list[object] = ["x", 0, -1, True, b"x", date(1971, 9, 1), AT, [], None, 1.5, {}]
VALUES: dict[Kind, list[object]] = {
    Kind.TEXT: ["x"],
    Kind.UINT: [0],
    Kind.BOOL: [True],
    Kind.BYTES: [b"x"],
    Kind.FULL_DATE: [date(1971, 9, 1)],
    Kind.TDATE: [AT],
    Kind.ANY_DATE: [date(1971, 9, 1), AT],
    Kind.ARRAY: [[]],
}


@pytest.mark.parametrize("kind", Kind)
def test_kind_holds_its_own_values_only(kind: Kind) -> None:
    """Each form takes its own values; a boolean is no number and an instant no day."""
    own = [repr(value) for value in VALUES[kind]]
    assert [repr(value) for value in EVERYTHING if kind.holds(value)] == own


def test_bounds_hold() -> None:
    """Text, bytes and arrays are bound by length, numbers by value; text is never empty."""
    assert Element(Kind.TEXT, most=2).allows("ab")
    for element, value in (
        (Element(Kind.TEXT, most=2), "abc"),
        (Element(Kind.TEXT), ""),
        (Element(Kind.BYTES, most=2), b"abc"),
        (Element(Kind.ARRAY, most=1), [1, 2]),
        (Element(Kind.UINT, most=9), 10),
        (Element(Kind.UINT), "1"),
    ):
        assert not element.allows(value)


def test_latin_text_is_latin() -> None:
    """An element of the licence's table takes latin characters only."""
    assert Element(Kind.TEXT, latin=True).allows("Müller")
    assert not Element(Kind.TEXT, latin=True).allows("番号")


def test_entry_cannot_be_changed() -> None:
    """The catalogue is data that nobody can change while the process runs."""
    entry: Any = doc_type("x", {"n": {"a": Element(Kind.TEXT, mandatory=True)}})
    with pytest.raises(TypeError):
        entry.name_spaces["n"]["b"] = Element(Kind.TEXT)
    assert entry.mandatory() == {("n", "a")}
    assert entry.element("n", "b") is None
    assert entry.element("m", "a") is None
