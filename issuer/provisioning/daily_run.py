"""The daily process: which sets end soon, found by index, each once a day (MDOC-43, OPS-13)."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Float, Interval, String, and_, cast, exists, extract, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import Issuance
from issuer.errors import Code, IssuerError
from issuer.provisioning.models import DailyRun, Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import IN_FORCE, Status
from registry.act import Act
from registry.calendar import end_of_day, legal_day, start_of_day
from registry.messages.smp import RunDaily, RunReport
from registry.outbox.queue import wake

OWED = timedelta(days=31)
"""How long after its end a set is still followed by new records without an application."""


async def run_daily(session: AsyncSession, act: Act, message: RunDaily, tools: Provisioning) -> RunReport:
    """
    Plan today's run for an operator and report it; a day that has run is only reported.

    Asking again is harmless: every set is planned once a day. Raises IssuerError(run_of_another_day).
    """
    if message.day == legal_day(act.at):
        await plan_run(session, tools, at=act.at)
    elif await session.get(DailyRun, message.day) is None:
        raise IssuerError(Code.RUN_DAY, "A run is started on its day.")
    return await report(session, message)


async def run_is_missing(session: AsyncSession, *, at: datetime) -> bool:
    """Tell whether today's run has not been planned."""
    return await session.get(DailyRun, legal_day(at)) is None


async def plan_run(session: AsyncSession, tools: Provisioning, *, at: datetime) -> None:
    """
    Plan a renewal for every set in force that ends within the lead time and was not renewed; wake the worker.

    A set that ended in use before that, because no worker ran or JPKI was silent, is planned late: new records are
    still owed to the holder (Act 18-2 paragraph 11), for as long as records live.
    """
    day = legal_day(at)
    run = insert(DailyRun).values(day=day, started_at=at, planned_at=at)
    await session.execute(run.on_conflict_do_update(index_elements=["day"], set_={"planned_at": at}))
    renewed = exists().where(Issuance.subject_id == RecordSet.mdoc_id, Issuance.state == "released")
    due = select(literal(day), RecordSet.mdoc_id, literal("planned"), _strewn(tools.spread, at), literal(at)).where(
        or_(
            and_(
                RecordSet.mdoc_status.in_(IN_FORCE),
                RecordSet.valid_until > at,
                RecordSet.valid_until <= at + tools.lead,
            ),
            and_(RecordSet.reissue_owed, RecordSet.valid_until > at - OWED),
        ),
        ~renewed,
    )
    columns = ["day", "set_id", "state", "due_at", "updated_at"]
    await session.execute(insert(Renewal).from_select(columns, due).on_conflict_do_nothing())
    await wake(session, "renew")


def _strewn(spread: timedelta, at: datetime) -> ColumnElement[datetime]:
    """
    When a set's turn comes: somewhere between now and the end of the window, the same wherever it is computed.

    A set that ends at midnight is made anew before, and its records begin with midnight (Order 39-11(1) 2).
    """
    window = min(spread, end_of_day(legal_day(at)) - at)
    turn = cast(func.hashtext(cast(RecordSet.mdoc_id, String)).op("&")(1023), Float) / 1024
    until_end = func.greatest(0, extract("epoch", RecordSet.valid_until - literal(at)))
    left = func.least(window.total_seconds(), until_end)
    return literal(at) + func.make_interval(0, 0, 0, 0, 0, 0, left * turn, type_=Interval)


async def report(session: AsyncSession, message: RunDaily) -> RunReport:
    """Return the counts of one day's run, skipped sets by reason."""
    skipped = await session.execute(
        select(Renewal.reason, func.count()).where(_of(message.day, "skipped")).group_by(Renewal.reason)
    )
    expired = select(func.count()).where(
        RecordSet.mdoc_status == Status.EXPIRED,
        RecordSet.updated_at >= start_of_day(message.day),
        RecordSet.updated_at < end_of_day(message.day),
    )
    return RunReport(
        request_id=message.request_id,
        day=message.day,
        state="running" if await _count(session, message.day, "planned") else "done",
        renewed=await _count(session, message.day, "done"),
        skipped={reason or "": count for reason, count in skipped},
        expired=await session.scalar(expired) or 0,
    )


def _of(day: date, state: str) -> ColumnElement[bool]:
    return (Renewal.day == day) & (Renewal.state == state)


async def _count(session: AsyncSession, day: date, state: str) -> int:
    return await session.scalar(select(func.count()).where(_of(day, state))) or 0
