"""A trail as lines, read from its store in one snapshot: for whoever verifies it here, or elsewhere from a file."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Select, Table, bindparam, select, text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from registry.trail.chain import CHECKPOINTS, LINKS
from registry.trail.checkpoint import Checkpoint
from registry.trail.entry import columns_of, name_of, said
from registry.trail.lines import Begin, End, Line, Link, Unlinked

PAGE: Final = 1000
_SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
_ERASED = text("SELECT max(checkpoint) FROM erasure_record WHERE rule = :trail")


async def read_trails(session: AsyncSession, store: str, trails: Sequence[Table], at: datetime) -> AsyncIterator[Line]:
    """Return the lines of every trail of a store, as they stand at one moment; `at` is the instant of the reading."""
    await session.execute(_SNAPSHOT)  # what worker and eraser do meanwhile is not seen half
    for table in trails:
        erased = await session.scalar(_ERASED, {"trail": name_of(table)})
        yield Begin(store, name_of(table), at, erased or 0)
        async for line in _linked(session, store, table):
            yield line
        async for line in _unlinked(session, table):
            yield line
        yield End(name_of(table))


async def _linked(session: AsyncSession, store: str, table: Table) -> AsyncIterator[Line]:
    """Links with their entries in pages, each checkpoint behind its link; the one before the first link goes first."""
    last = 0
    rows: Sequence[Row[Any]] | None = None
    while rows is None or rows:
        rows = (await session.execute(_page(table), {"after": last})).all()
        upto = rows[-1].sequence if len(rows) == PAGE else None
        marks = await _marks(session, store, name_of(table), last, upto)
        for row in rows:
            while marks and marks[0].sequence < row.sequence:
                yield marks.pop(0)
            found = None if row.id is None else _said(table, row)
            yield Link(row.sequence, row.entry, row.digest, row.previous, row.written, found)
            last = row.sequence
        for mark in marks:
            yield mark
            last = max(last, mark.sequence)


def _page(table: Table) -> Select[Any]:
    mine = (LINKS.c.trail == name_of(table), LINKS.c.sequence > bindparam("after", type_=BigInteger))
    link = select(LINKS).where(*mine).order_by(LINKS.c.sequence).limit(PAGE).subquery("link")
    joined = link.outerjoin(table, table.c.id == link.c.entry)
    columns = (link.c.sequence, link.c.entry, link.c.digest, link.c.previous, link.c.written)
    return select(*columns, *columns_of(table)).select_from(joined).order_by(link.c.sequence)


async def _marks(session: AsyncSession, store: str, trail: str, after: int, upto: int | None) -> list[Checkpoint]:
    mark = CHECKPOINTS.c
    mine = select(CHECKPOINTS).where(mark.trail == trail, mark.sequence > after).order_by(mark.sequence)
    rows = await session.execute(mine if upto is None else mine.where(mark.sequence <= upto))
    return [Checkpoint(store=store, **row._asdict()) for row in rows]


async def _unlinked(session: AsyncSession, table: Table) -> AsyncIterator[Line]:
    """Entries without a link: a few that are about to be chained, and what somebody put in between."""
    linked = select(LINKS.c.entry).where(LINKS.c.trail == name_of(table))
    ids = (await session.scalars(select(table.c.id).except_(linked))).all()
    for start in range(0, len(ids), PAGE):
        some = table.c.id.in_(ids[start : start + PAGE])
        for row in await session.execute(select(table.c.written, *columns_of(table)).where(some)):
            yield Unlinked(row.id, row.written, _said(table, row))


def _said(table: Table, row: Row[Any]) -> dict[str, Any]:
    """Return what the entry of a row says; its columns are the last ones."""
    columns = columns_of(table)
    return said({column.name: value for column, value in zip(columns, row[-len(columns) :], strict=True)})
