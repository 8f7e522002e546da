"""What stands in the lists, changed in the transaction of the act that changes the records (MDOC-39, MDOC-54)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from mdoc.status import VALUES, Status
from registry.outbox.queue import wake

Key = tuple[UUID, int]


async def set_status(session: AsyncSession, places: Iterable[Key], status: Status) -> None:
    """
    Set every place (list, index) of a set of records, and wake the publication; commits with the caller's act.

    A list of one bit knows no suspension (ISO/IEC 18013-5 second edition 12.3.6.5): it stays as it is, and the phone
    alone is told. An identifier is named once its record is INVALID. Raises IssuerError(record_lapsed) when one place
    is INVALID already and something else is wanted: lapse is final (MDOC-42). Raises LookupError for a place that was
    never given to a record.
    """
    wanted = sorted(set(places))
    lists = await _lock_lists(session, {list_id for list_id, _ in wanted})
    entries = await _entries(session, wanted)
    if status is not Status.INVALID and any(entry.value == VALUES[Status.INVALID] for entry in entries):
        raise IssuerError(Code.RECORD_LAPSED, "A record that lost effect stays without effect.")
    changes = {entry: _value(lists[entry.list_id].bits, status) for entry in entries}
    changed = [entry for entry, value in changes.items() if entry.value != value]
    if not changed:
        return
    _journal(changed, changes, lists)
    if status is Status.INVALID:
        await _name_identifiers(session, [(entry.list_id, entry.idx) for entry in changed], lists)
    await wake(session, "publish")


def _value(bits: int, status: Status) -> int:
    return VALUES[Status.VALID] if bits == 1 and status is Status.SUSPENDED else VALUES[status]


async def _lock_lists(session: AsyncSession, wanted: Collection[UUID]) -> dict[UUID, StatusList]:
    """
    Lock the lists and the identifier lists beside them: publication waits for this act, and this act for others.

    One order for everybody prevents deadlocks; the lock leaves room for rows that only refer to a list.
    """
    beside = select(StatusList.identifier_list_id).where(
        StatusList.list_id.in_(wanted), StatusList.identifier_list_id.is_not(None)
    )
    ids = sorted({*wanted, *(each for each in await session.scalars(beside) if each is not None)})
    query = select(StatusList).where(StatusList.list_id.in_(ids)).order_by(StatusList.list_id)
    locked = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {each.list_id: each for each in await session.scalars(locked)}


async def _entries(session: AsyncSession, wanted: Sequence[Key]) -> list[StatusEntry]:
    rows = await session.scalars(
        select(StatusEntry)
        .where(tuple_(StatusEntry.list_id, StatusEntry.idx).in_(wanted), StatusEntry.decoy.is_(False))
        .execution_options(populate_existing=True)
    )
    entries = list(rows)
    if len(entries) != len(wanted):
        raise LookupError("a place that was never given")
    return entries


def _journal(
    changed: Sequence[StatusEntry], values: Mapping[StatusEntry, int], lists: Mapping[UUID, StatusList]
) -> None:
    """Write the values under the next version of their lists, from which a publisher sees what it lacks."""
    for list_id in {entry.list_id for entry in changed}:
        lists[list_id].version += 1
    for entry in changed:
        entry.value, entry.changed = values[entry], lists[entry.list_id].version


async def _name_identifiers(session: AsyncSession, places: Sequence[Key], lists: Mapping[UUID, StatusList]) -> None:
    named = await session.scalars(
        update(IdentifierEntry)
        .where(tuple_(IdentifierEntry.status_list_id, IdentifierEntry.idx).in_(places))
        .values(revoked=True)
        .returning(IdentifierEntry.list_id)
        .execution_options(synchronize_session=False)
    )
    for list_id in set(named):
        lists[list_id].version += 1
