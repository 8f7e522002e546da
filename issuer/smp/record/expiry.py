"""The end of validity: sets past their end become expired, by cause 9-2 or 9-5ii (worker step "expire")."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.record.causes import decisive
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import SET, RecordSet
from issuer.smp.record.states import IN_FORCE, Status
from issuer.smp.record.steps import move
from issuer.smp.tools import SmpTools
from registry.act import Act, Chance, job
from registry.calendar import end_of_day, legal_day, next_birthday, start_of_day
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer

_BATCH = 50


async def expire_due(sessions: Sessions, tools: SmpTools, *, at: datetime, random: Chance) -> int:
    """Expire the sets whose validity has ended at `at`; return how many. Safe to run twice and beside itself."""
    act = job("issuer", "issuer.expire", at=at, random=random)
    due = (
        select(RecordSet)
        .where(RecordSet.valid_until <= at, RecordSet.mdoc_status.in_(IN_FORCE))
        .order_by(RecordSet.valid_until)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    async with sessions.begin() as session:
        sets = (await session.scalars(due)).all()
        for record_set in sets:
            await _expire(session, act, record_set, tools)
    return len(sets)


async def _expire(session: AsyncSession, act: Act, record_set: RecordSet, tools: SmpTools) -> None:
    if await _has_successor(session, record_set):
        # The new set was confirmed before this one ended: nothing is lost, so nobody is told of a lapse.
        await move(session, act, record_set, Status.SUPERSEDED, reason="renewed", sealer=tools.sealer)
        return
    causes = causes_of(record_set, tools.sealer)
    # Paragraph 11: what ended in use by the calendar is followed by new records, also when the run came too late.
    record_set.reissue_owed = record_set.mdoc_status == Status.ACTIVE and decisive(causes).reissued
    await lapse(session, act, record_set, causes, tools=tools, effective_at=record_set.valid_until)


async def _has_successor(session: AsyncSession, record_set: RecordSet) -> bool:
    if record_set.mdoc_status != Status.ACTIVE:
        return False
    statement = select(RecordSet.mdoc_id).where(
        RecordSet.replaces == record_set.mdoc_id, RecordSet.mdoc_status == Status.ACTIVE
    )
    return (await session.scalars(statement.limit(1))).first() is not None


def causes_of(record_set: RecordSet, sealer: Sealer) -> list[str]:
    """
    Return by which causes a set ends with its validity: 9-2, and what falls on the same instant.

    9-5ii when the day before the holder's birthday has passed (Order 39-11(1) 2); 9-1a when it is the card's own end
    (Act 17(10)), after which nothing is issued by itself.
    """
    birth = date.fromisoformat(sealer.open_text(record_set.birth_date, SET.format("birth_date")))
    ended = legal_day(record_set.valid_until - timedelta(microseconds=1))
    causes = ["9-2"]
    if record_set.valid_until == start_of_day(next_birthday(birth, ended)):
        causes.append("9-5ii")
    if record_set.valid_until >= end_of_day(record_set.card_valid_until):
        causes.append("9-1a")
    return causes
