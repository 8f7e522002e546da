"""What stands in the lists, changed in the transaction of the act that changes the records (MDOC-39, MDOC-54)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import FromClause, Integer, Row, Select, Update, Uuid, bindparam, column, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from issuer.errors import Code, IssuerError
from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from mdoc.status import VALUES, Status
from registry.outbox.queue import wake
from registry.postgres.at_commit import at_commit

Key = tuple[UUID, int]
LockedPlaces = Select[UUID, int, int, int]


async def set_status(session: AsyncSession, places: Iterable[Key], status: Status) -> None:
    """Set every place (list, index) to a status, as `set_status_of` does."""
    keys = sorted(set(places))
    if keys:
        list_ids, indices = zip(*keys, strict=True)
        await set_status_of(session, _LOCKED_KEYS, {"list_ids": list(list_ids), "indices": list(indices)}, status)


async def set_status_of(
    session: AsyncSession, places: LockedPlaces, values: Mapping[str, object], status: Status
) -> None:
    """
    Set every place of a set of records, and wake the publication; commits with the caller's act.

    `places` is what `locked_places` made, `values` are its parameters. The places are locked at once, in one order for
    everybody. Their values and the versions of their lists are written right before the commit: acts on other records
    have the same lists, and wait for that moment alone. A list of one bit knows no suspension (ISO/IEC 18013-5 second
    edition 12.3.6.5): it stays as it is, and the phone alone is told. An identifier is named once its record is
    INVALID. Raises IssuerError(record_lapsed) when one place is INVALID already and something else is wanted: lapse is
    final (MDOC-42). Raises LookupError for a place that was never given to a record.
    """
    entries = _given(await session.execute(places, values))
    changes = await at_commit(session, _Changes, locks=True)
    stand = {key: changes.values.get(key, value) for key, (value, _) in entries.items()}
    if status is not Status.INVALID and VALUES[Status.INVALID] in stand.values():
        raise IssuerError(Code.RECORD_LAPSED, "A record that lost effect stays without effect.")
    wanted = {key: _value(bits, status) for key, (_, bits) in entries.items()}
    changed = {key: value for key, value in wanted.items() if value != stand[key]}
    if not changed:
        return
    changes.values |= changed
    if status is Status.INVALID:
        changes.identifier_lists |= await _name_identifiers(session, list(changed))
    await wake(session, "publish")


def locked_places(places: FromClause) -> LockedPlaces:
    """
    Return the statement that locks the entries of places, whose columns are `list_id` and `idx`.

    It tells the value of each entry and the bits of its list, and neither for a place that was never given.
    """
    entries: Any = StatusEntry.__table__
    lists: Any = StatusList.__table__
    locked = (
        select(entries.c.list_id, entries.c.idx, entries.c.value, lists.c.bits)
        .join(lists, lists.c.list_id == entries.c.list_id)
        .join(places, (places.c.list_id == entries.c.list_id) & (places.c.idx == entries.c.idx))
        .where(entries.c.decoy.is_(False))
        .order_by(entries.c.list_id, entries.c.idx)
        .with_for_update(of=entries, key_share=True)
        .cte("locked")
    )
    return select(places.c.list_id, places.c.idx, locked.c.value, locked.c.bits).outerjoin(
        locked, (places.c.list_id == locked.c.list_id) & (places.c.idx == locked.c.idx)
    )


class _Changes:
    """What a transaction changes in the lists: values by place, and identifier lists that name more."""

    def __init__(self) -> None:
        self.values: dict[Key, int] = {}
        self.identifier_lists: set[UUID] = set()

    def __call__(self, session: Session) -> None:
        """Count one version of each list, and write the values under it: the journal of the publishers."""
        if not self.values:
            return
        lists = {*self.identifier_lists, *(list_id for list_id, _ in self.values)}
        list_ids, indices = zip(*self.values, strict=True)
        rows = {"list_ids": list(list_ids), "indices": list(indices), "changed": list(self.values.values())}
        session.execute(_JOURNAL, {"lists": sorted(lists)} | rows)


def _value(bits: int, status: Status) -> int:
    return VALUES[Status.VALID] if bits == 1 and status is Status.SUSPENDED else VALUES[status]


def _given(rows: Iterable[Row[UUID, int, int, int]]) -> dict[Key, tuple[int, int]]:
    """Return the values of entries, and the bits of their lists."""
    entries = {(row.list_id, row.idx): (row.value, row.bits) for row in rows}
    if (None, None) in entries.values():
        raise LookupError("a place that was never given")
    return entries


async def _name_identifiers(session: AsyncSession, places: Sequence[Key]) -> set[UUID]:
    """Name the identifiers of places, where they have any; return their lists."""
    named = await session.scalars(
        update(IdentifierEntry)
        .where(tuple_(IdentifierEntry.status_list_id, IdentifierEntry.idx).in_(places))
        .values(revoked=True)
        .returning(IdentifierEntry.list_id)
        .execution_options(synchronize_session=False)
    )
    return set(named)


def _journal() -> Update:
    """The next version of each list, and the values under it."""
    lists: Any = StatusList.__table__
    entries: Any = StatusEntry.__table__
    # One order for everybody prevents deadlocks; the lock leaves room for rows that only refer to a list.
    locked = (
        select(lists.c.list_id)
        .where(lists.c.list_id == func.any(bindparam("lists", type_=ARRAY(Uuid))))
        .order_by(lists.c.list_id)
        .with_for_update(key_share=True)
        .cte("locked")
    )
    counted = (
        update(lists)
        .where(lists.c.list_id == locked.c.list_id)
        .values(version=lists.c.version + 1)
        .returning(lists.c.list_id, lists.c.version)
        .cte("counted")
    )
    arrays = func.unnest(
        bindparam("list_ids", type_=ARRAY(Uuid)),
        bindparam("indices", type_=ARRAY(Integer)),
        bindparam("changed", type_=ARRAY(Integer)),
    )
    columns = column("list_id", Uuid), column("idx", Integer), column("value", Integer)
    rows = arrays.table_valued(*columns).render_derived("rows")
    return (
        update(entries)
        .where(entries.c.list_id == rows.c.list_id, entries.c.idx == rows.c.idx)
        .where(counted.c.list_id == rows.c.list_id)
        .values(value=rows.c.value, changed=counted.c.version)
    )


_JOURNAL: Final = _journal()
_LOCKED_KEYS: Final = locked_places(
    func.unnest(bindparam("list_ids", type_=ARRAY(Uuid)), bindparam("indices", type_=ARRAY(Integer)))
    .table_valued(column("list_id", Uuid), column("idx", Integer))
    .render_derived("wanted")
)
