"""What stands in a status list, changed in the transaction of the act that changes the records (MDOC-39, MDOC-54)."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.status_list.models import StatusEntry, StatusList
from mdoc.status import VALUES, Status
from registry.outbox.queue import wake


async def set_status(session: AsyncSession, places: Iterable[tuple[UUID, int]], status: Status) -> None:
    """
    Set every place (list, index) of a set of records, and wake the publication; commits with the caller's act.

    Raises IssuerError(record_lapsed) when one of them is INVALID already and something else is wanted: lapse is final
    (MDOC-42). Raises LookupError for a place that was never given to a record.
    """
    wanted = sorted(set(places))
    await _lock_lists(session, {list_id for list_id, _ in wanted})
    rows = await session.scalars(
        select(StatusEntry)
        .where(tuple_(StatusEntry.list_id, StatusEntry.idx).in_(wanted), StatusEntry.decoy.is_(False))
        .execution_options(populate_existing=True)
    )
    entries = list(rows)
    if len(entries) != len(wanted):
        raise LookupError("a place that was never given")
    if status is not Status.INVALID and any(entry.value == VALUES[Status.INVALID] for entry in entries):
        raise IssuerError(Code.RECORD_LAPSED, "A record that lost effect stays without effect.")
    for entry in entries:
        entry.value = VALUES[status]
    await wake(session, "publish")


async def _lock_lists(session: AsyncSession, lists: set[UUID]) -> None:
    """Count the change; the row's lock makes publication wait for this act, and one order prevents deadlocks."""
    for list_id in sorted(lists):
        await session.execute(
            update(StatusList).where(StatusList.list_id == list_id).values(version=StatusList.version + 1)
        )
