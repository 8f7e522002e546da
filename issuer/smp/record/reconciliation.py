"""
Every set in force is compared with JPKI once a day, so that an event that was lost, late or doubled does no harm.

JPKI is asked by serial (E-36); where the answer and our books differ, the missing event is taken in under our own name
(worker step "reconcile"). A loss report changes no certificate and cannot be found this way: it stays in JPKI's outbox.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp import jpki
from issuer.smp.record.jpki_events import take_in
from issuer.smp.record.models import Reconciliation, RecordSet, Repair
from issuer.smp.record.states import IN_FORCE
from issuer.smp.tools import SmpTools
from registry.act import Act, Chance, job
from registry.calendar import legal_day
from registry.messages.jpki import CertificateState
from registry.messages.smp import JpkiEvent, Reconcile, ReconciliationReport
from registry.outbox.queue import wake
from registry.peer.call import Unanswered
from registry.postgres.engine import Sessions

BATCH: Final = 50
UNKNOWN: Final = "unknown_serial"


async def reconcile(session: AsyncSession, act: Act, message: Reconcile) -> ReconciliationReport:
    """
    Report one day's comparison to an operator; with `again`, begin today's anew when it is done.

    Raises IssuerError(run_of_another_day) for a day that was not compared, and for beginning another than today's.
    """
    today = message.day == legal_day(act.at)
    if today:
        await _begin(session, act.at)
    run = await session.get(Reconciliation, message.day, with_for_update=True, populate_existing=True)
    if run is None or (message.again and not today):
        raise IssuerError(Code.RUN_DAY, "A comparison is started on its day.")
    if message.again and run.finished_at is not None:
        run.finished_at, run.done_to = None, None
    await wake(session, "reconcile")
    counted = select(Repair.what, func.count()).where(Repair.day == message.day).group_by(Repair.what)
    return ReconciliationReport(
        request_id=message.request_id,
        day=run.day,
        state="running" if run.finished_at is None else "done",
        compared=run.compared,
        unanswered=run.unanswered,
        repaired={row[0]: row[1] for row in await session.execute(counted)},
    )


async def reconcile_due(sessions: Sessions, tools: SmpTools, *, at: datetime, random: Chance) -> int:
    """
    Compare the next batch of today's run; return how many sets, 0 once the day is done or JPKI is silent.

    A worker that dies leaves the run where the last batch was committed; another one goes on from there.
    """
    act = job("issuer", "issuer.reconcile", at=at, random=random)
    async with sessions.begin() as session:
        run = await _take(session, at)
        if run is None:
            return 0
        sets = await _next(session, run)
        if not sets:
            run.finished_at = at
            return 0
        answers = await _ask(tools, act, sets)
        if not any(answers.values()):
            return 0  # JPKI is silent: the same batch is asked about again at the next tick
        for record_set in sets:
            await _compare(session, act, run, record_set, answers[record_set.signing_certificate_serial_number], tools)
        run.done_to = sets[-1].mdoc_id
    return len(sets)


async def _begin(session: AsyncSession, at: datetime) -> None:
    values = {"day": legal_day(at), "started_at": at, "compared": 0, "unanswered": 0}
    await session.execute(insert(Reconciliation).values(values).on_conflict_do_nothing())


async def _take(session: AsyncSession, at: datetime) -> Reconciliation | None:
    """Return today's run unless it is done or in another worker's hands."""
    await _begin(session, at)
    open_run = select(Reconciliation).where(Reconciliation.day == legal_day(at), Reconciliation.finished_at.is_(None))
    return (await session.scalars(open_run.with_for_update(skip_locked=True))).one_or_none()


async def _next(session: AsyncSession, run: Reconciliation) -> Sequence[RecordSet]:
    statement = select(RecordSet).where(RecordSet.mdoc_status.in_(IN_FORCE))
    if run.done_to is not None:
        statement = statement.where(RecordSet.mdoc_id > run.done_to)
    return (await session.scalars(statement.order_by(RecordSet.mdoc_id).limit(BATCH))).all()


async def _ask(tools: SmpTools, act: Act, sets: Sequence[RecordSet]) -> Mapping[str, CertificateState | None]:
    """Ask about each certificate of the batch once, all at the same time; None where no usable answer came."""

    async def answer(serial: str) -> CertificateState | None:
        try:
            return await jpki.state_of(tools.call, act, serial)
        except Unanswered:
            return None

    serials = sorted({each.signing_certificate_serial_number for each in sets})
    return dict(zip(serials, await asyncio.gather(*map(answer, serials)), strict=True))


async def _compare(
    session: AsyncSession,
    act: Act,
    run: Reconciliation,
    record_set: RecordSet,
    answer: CertificateState | None,
    tools: SmpTools,
) -> None:
    if answer is None:
        run.unanswered += 1
        return
    run.compared += 1
    if answer.state == "unknown":  # nothing to mend it with: an operator has to look
        session.add(_repair(act, run, record_set, UNKNOWN))
        return
    missed = missed_event(record_set, answer, act)
    if missed is not None:
        session.add(_repair(act, run, record_set, missed.kind))
        await take_in(session, act, missed, tools)


def missed_event(record_set: RecordSet, answer: CertificateState, act: Act) -> JpkiEvent | None:
    """Return the event that would bring a set to what JPKI says of its certificate, or None when they agree."""
    if answer.state == "revoked":
        kind, cause = "revoked", answer.reason or "other"
    elif answer.state == "held" and not record_set.certificate_on_hold:
        kind, cause = "held", "other"
    elif answer.state == "good" and record_set.certificate_on_hold:
        kind, cause = "released", "lifted"
    else:
        return None
    return JpkiEvent(
        event_id=act.new_id(),
        signing_certificate_serial=record_set.signing_certificate_serial_number,
        kind=kind,  # type: ignore[arg-type]
        cause=cause,  # type: ignore[arg-type] # JPKI's reasons are those of its events
        occurred_at=min(answer.since or act.at, act.at),
    )


def _repair(act: Act, run: Reconciliation, record_set: RecordSet, what: str) -> Repair:
    return Repair(repair_id=act.new_id(), day=run.day, mdoc_id=record_set.mdoc_id, what=what, at=act.at)
