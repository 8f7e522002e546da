"""
What an entry of the trail says, as bytes, and its digest.

The canonical bytes of an entry are JSON (RFC 8259) in UTF-8: one object with a member for every column that is not
null, sorted by name, without white space; ids as RFC 9562 writes them, instants as RFC 3339 does, in UTC with a Z and
without a fraction of zero, bytes in base64 (RFC 4648 section 4), lists as arrays. Null is left out, so a column that a
later version adds changes no digest. `written` is left out as well: PostgreSQL gives it, and it says nothing.

The digest is SHA-256 over the name of the table, a byte of zero, and these bytes.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Table

WRITTEN: Final = "written"


def name_of(table: Table) -> str:
    """Return what a trail is called: its table, as plain text (SQLAlchemy's own is a subclass that no codec knows)."""
    return str(table.name)


def columns_of(table: Table) -> list[Column[Any]]:
    """Return the columns that an entry of the table speaks with."""
    return [column for column in table.columns if column.name != WRITTEN]


def said(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an entry says: its columns that are not null, its instants in UTC."""
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in entry.items()
        if value is not None
    }


def canonical(entry: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of an entry, read from a table or from an export."""
    return msgspec.json.encode(said(entry), order="sorted")


def digest_of(trail: str, entry: Mapping[str, Any]) -> bytes:
    """Return the digest of an entry of the table called `trail`."""
    return hashlib.sha256(trail.encode() + b"\0" + canonical(entry)).digest()
