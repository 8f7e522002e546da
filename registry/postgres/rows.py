"""Rows that are entered as they stand: what a session keeps of its objects costs more than the statement itself."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from registry.postgres.engine import keep_values_out

MANY: Final = 32
"""Rows from which on they are copied: a statement for each row costs the server and the driver more than the row."""

_LENGTH: Final = re.compile(r"\(\d+\)")
_DIALECT: Any = PGDialect_psycopg
Rows = Sequence[Mapping[str, Any]]


async def enter(session: AsyncSession, kind: type[DeclarativeBase], rows: Rows) -> None:
    """
    Insert rows into the table of `kind`. All name the same columns in one order; the others have their defaults.

    Objects that wait in the session are not written before: rows that point at them need a flush first. Raises
    sqlalchemy.exc.DBAPIError, of many rows at once psycopg.Error; neither quotes a value.
    """
    if len(rows) >= MANY:
        driver: Any = (await (await session.connection()).get_raw_connection()).dbapi_connection
        await _copy(driver.driver_connection, _table(kind), rows)
    elif rows:
        await session.execute(_into(kind), rows)


async def write(session: AsyncSession, objects: Sequence[DeclarativeBase]) -> None:
    """Insert objects of one kind as `enter` does; no session notices what becomes of them."""
    if objects:
        names = _given(_table(type(objects[0])))
        await enter(session, type(objects[0]), [{name: getattr(one, name) for name in names} for one in objects])


@cache
def _given(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.server_default is None)


@cache
def _into(kind: type[DeclarativeBase]) -> Insert:
    return insert(_table(kind))


def _table(kind: type[DeclarativeBase]) -> Table:
    table: Any = kind.__table__
    return table  # type: ignore[no-any-return]


async def _copy(connection: "psycopg.AsyncConnection[Any]", table: Table, rows: Rows) -> None:
    others = _defaults(table, frozenset(rows[0]))
    names = (*rows[0], *others)
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(sql.Identifier(table.name), columns)
    try:
        async with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(_types(table, names))
            for row in rows:
                await copy.write_row([*row.values(), *others.values()])
    except psycopg.Error as error:
        keep_values_out(error)
        raise


@cache
def _defaults(table: Table, named: frozenset[str]) -> dict[str, Any]:
    """What stands in the columns that rows do not name, where the model says it."""
    unnamed: dict[str, Any] = {column.name: column.default for column in table.columns if column.name not in named}
    return {name: default.arg for name, default in unnamed.items() if default is not None and default.is_scalar}


@cache
def _types(table: Table, names: tuple[str, ...]) -> list[str]:
    """The names under which the driver knows the types of columns: a varchar(64)[] is a varchar[]."""
    return [_LENGTH.sub("", table.c[name].type.compile(_DIALECT()).lower()) for name in names]
