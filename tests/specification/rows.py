"""The rows of the specification as data."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One row. basis: "says" or "infer"; refuses: it names what must be refused or recorded."""

    id: str
    title: str
    basis: str
    organisational: bool = False
    refuses: bool = False


@cache
def rows() -> dict[str, Row]:
    """All rows by id, in the order of the specification."""
    data = tomllib.loads(Path(__file__).with_name("rows.toml").read_text(encoding="utf-8"))
    return {row_id: Row(row_id, **fields) for row_id, fields in data.items()}
