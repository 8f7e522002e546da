"""Rows that are entered as they stand: what a session keeps of its objects costs more than the statement itself."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase


async def enter(session: AsyncSession, kind: type[DeclarativeBase], rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Insert rows into the table of `kind` with one statement; columns that a row does not name have their defaults.

    Objects that wait in the session are not written before: rows that point at them need a flush first.
    """
    if rows:
        await session.execute(_into(kind), rows)


@cache
def _into(kind: type[DeclarativeBase]) -> Insert:
    table: Any = kind.__table__
    return insert(table)
