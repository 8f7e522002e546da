"""
The chain of a store's trails: a step of its worker gives every entry a place behind those that were written before.

Entries are committed with their acts, in no order that anybody could foresee; chaining them there would put one lock
on every act. The step takes what was written by transactions that are over, and by none that is younger than one that
still runs: in that order nothing can appear in front of what is chained already. One advisory lock for each store and
one transaction for each batch: two workers, or one that dies, leave neither a gap nor a fork.

Looking when nothing is new is one indexed query for all trails. A batch of 500 entries of one trail is one read and one
insert, 60 µs for each entry on a busy machine, PostgreSQL included: 17,000 entries a second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    LargeBinary,
    Select,
    String,
    Table,
    Uuid,
    bindparam,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from registry.postgres.engine import Sessions
from registry.trail.checkpoint import COVERED, Checkpoint, CheckpointKey, signed
from registry.trail.entry import columns_of, digest_of, name_of
from registry.trail.link import genesis, link_hash
from registry.trail.models import ChainLink, CheckpointRecord

BATCH: Final = 500
"""Entries of one trail that are chained in one transaction."""

PERIOD: Final = timedelta(minutes=5)
"""What is chained is signed for after so long at the latest."""

NOBODY: Final = UUID(int=0)
FINAL: Final[ColumnElement[int]] = literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", BigInteger)
"""Transactions below this number are over, each of them: what they wrote is seen, and nothing more comes from them."""

LINKS = cast("Table", ChainLink.__table__)
CHECKPOINTS = cast("Table", CheckpointRecord.__table__)
_ONE_CHAINS = text("SELECT pg_try_advisory_xact_lock(21)")
_APPEND = text(
    "INSERT INTO chain_link (trail, sequence, entry, digest, previous, written)"
    " SELECT :trail, * FROM unnest(:sequence, :entry, :digest, :previous, :written)"
).bindparams(
    bindparam("sequence", type_=ARRAY(BigInteger)),
    bindparam("entry", type_=ARRAY(Uuid)),
    bindparam("digest", type_=ARRAY(LargeBinary)),
    bindparam("previous", type_=ARRAY(LargeBinary)),
    bindparam("written", type_=ARRAY(BigInteger)),
)


class YoungerThanItsTrail(Exception):
    """
    PostgreSQL counts its transactions from below those that wrote the trail.

    So it is after a logical restore into a new cluster: docs/operations.md says how the counter is set.
    """


@dataclass(frozen=True)
class Head:
    """How far a chain goes, and how far a checkpoint has sworn to it."""

    sequence: int
    hash: bytes
    written: int = 0
    entry: UUID = NOBODY
    covered: int = 0
    covered_at: datetime | None = None
    newest: datetime | None = None
    more: bool = False


class Chain:
    """Chains the trails of one store; `trails` are their tables, `key` signs the checkpoints."""

    def __init__(self, store: str, trails: Sequence[Table], sessions: Sessions, key: CheckpointKey) -> None:
        self._store = store
        self._trails = {name_of(table): table for table in trails}
        self._sessions = sessions
        self._key = key
        self._look = union_all(*(_head(table) for table in trails))

    async def step(self, at: datetime) -> int:
        """
        Chain one batch of each trail and sign what has to be signed; return how many entries found their place.

        Raises YoungerThanItsTrail.
        """
        async with self._sessions.begin() as session:
            if not await session.scalar(_ONE_CHAINS):
                return 0
            heads = await self._heads(session)
            return sum([await self._go_on(session, name, head, at) for name, head in heads.items()])

    async def _heads(self, session: AsyncSession) -> dict[str, Head]:
        heads = {}
        for row in await session.execute(self._look):
            if row.written is not None and row.written >= row.final:
                raise YoungerThanItsTrail
            heads[row.trail] = _read(row, genesis(self._store, row.trail))
        return heads

    async def _go_on(self, session: AsyncSession, trail: str, head: Head, at: datetime) -> int:
        before = head.sequence
        if head.more:
            head = await self._append(session, self._trails[trail], head)
        due = head.covered_at is None or at >= head.covered_at + PERIOD
        uncovered = head.sequence - head.covered
        if uncovered >= COVERED or (uncovered and due):
            await self._cover(session, self._trails[trail], head, at)
        return head.sequence - before

    async def _append(self, session: AsyncSession, table: Table, head: Head) -> Head:
        rows = (await session.execute(_next(table), {"written": head.written, "entry": head.entry})).all()
        links = list(_links(table, rows, head))
        columns = zip(*links, strict=True)
        names = ("sequence", "entry", "digest", "previous", "written")
        arrays = {name: list(column) for name, column in zip(names, columns, strict=True)}
        await session.execute(_APPEND, {"trail": name_of(table), **arrays})
        sequence, entry, digest, previous, written = links[-1]
        return replace(
            head, sequence=sequence, entry=entry, hash=link_hash(previous, sequence, digest), written=written
        )

    async def _cover(self, session: AsyncSession, table: Table, head: Head, at: datetime) -> None:
        entry, link = table.c, LINKS.c
        covered = (link.trail == name_of(table), link.sequence > head.covered)
        newest = await session.scalar(
            select(func.max(entry.at)).select_from(LINKS.join(table, entry.id == link.entry)).where(*covered)
        )
        instants = [each for each in (newest, head.newest) if each is not None]
        bare = Checkpoint(
            store=self._store,
            trail=name_of(table),
            sequence=head.sequence,
            hash=head.hash,
            newest=max(instants, default=at),
            at=at,
            key=self._key.key,
        )
        sworn = signed(bare, self._key)
        values = {name: getattr(sworn, name) for name in CHECKPOINTS.columns.keys()}  # noqa: SIM118 - no mapping
        await session.execute(insert(CHECKPOINTS).values(**values))


def _links(table: Table, rows: Sequence[Any], head: Head) -> Iterator[tuple[int, UUID, bytes, bytes, int]]:
    names = [column.name for column in columns_of(table)]
    previous = head.hash
    for sequence, (written, *values) in enumerate(rows, head.sequence + 1):
        entry = dict(zip(names, values, strict=True))
        digest = digest_of(name_of(table), entry)
        yield sequence, entry["id"], digest, previous, written
        previous = link_hash(previous, sequence, digest)


def _behind(table: Table, written: ColumnElement[int], entry: ColumnElement[UUID]) -> list[ColumnElement[bool]]:
    return [tuple_(table.c.written, table.c.id) > tuple_(written, entry), table.c.written < FINAL]


def _next(table: Table) -> Select[Any]:
    behind = _behind(table, bindparam("written", type_=BigInteger), bindparam("entry", type_=Uuid))
    order = table.c.written, table.c.id
    return select(table.c.written, *columns_of(table)).where(*behind).order_by(*order).limit(BATCH)


def _head(table: Table) -> Select[Any]:
    """One row: the last link of a trail, its last checkpoint, and whether anything is to be chained."""
    trail: ColumnElement[str] = literal(name_of(table), String)
    one = select(literal(1).label("one")).subquery("one")
    link, mark = (_last(each, trail, alias) for each, alias in ((LINKS, "link"), (CHECKPOINTS, "mark")))
    behind = _behind(table, func.coalesce(link.c.written, 0), func.coalesce(link.c.entry, NOBODY))
    first = select(table.c.id).where(*behind).order_by(table.c.written, table.c.id).limit(1).scalar_subquery()
    columns = (link.c.sequence, link.c.previous, link.c.digest, link.c.written, link.c.entry)
    marked = (mark.c.sequence.label("covered"), mark.c.hash, mark.c.newest, mark.c.at)
    told = (trail.label("trail"), FINAL.label("final"), first.is_not(None).label("more"))
    return select(*told, *columns, *marked).select_from(one.outerjoin(link, true()).outerjoin(mark, true()))


def _last(table: Table, trail: ColumnElement[str], alias: str) -> Any:  # noqa: ANN401 - a lateral
    return select(table).where(table.c.trail == trail).order_by(table.c.sequence.desc()).limit(1).lateral(alias)


def _read(row: Any, nothing: bytes) -> Head:  # noqa: ANN401 - a row of _head
    covered, more = row.covered or 0, row.more
    if row.sequence is not None:
        own = link_hash(row.previous, row.sequence, row.digest)
        return Head(row.sequence, own, row.written, row.entry, covered, row.at, row.newest, more)
    # Everything that was chained has been erased, or nothing was chained yet.
    return Head(covered, row.hash or nothing, 0, NOBODY, covered, row.at, row.newest, more)
