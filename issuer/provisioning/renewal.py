"""
Renewal without the holder: what the day's run planned, a shard at a time (worker step "renew", MDOC-44 to 49).

A set is renewed only while it is in use and its signing certificate in effect; one that ends with its card runs out
with it (MDOC-45). Whoever is left out is left out with a reason, and holds up nobody else of the shard.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import IssueRequest, give_up
from issuer.authority.issuance import Issued, issue
from issuer.authority.models import Issuance
from issuer.authority.shard import Left, apart
from issuer.authority.validity import ends_with_card
from issuer.errors import Code, IssuerError
from issuer.provisioning.bundle import Outgoing, send_sets
from issuer.provisioning.daily_run import plan_run, run_is_missing
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp import jpki
from issuer.smp.application.intake import lock_applications
from issuer.smp.application.models import Application
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.in_force import lock_people, lock_sets, those_in_the_way
from issuer.smp.record.models import HolderCredential, RecordSet
from issuer.smp.record.states import Status
from registry.act import Act, job
from registry.calendar import legal_day
from registry.peer.call import Unanswered
from registry.trail.provide import refusal

SHARD: Final = 64
_QUESTIONS: Final = 8  # to JPKI at a time; each open connection is looked at for each question
log = logging.getLogger(__name__)

REASONS = {
    Status.ISSUED: "unconfirmed",
    Status.SUSPENDED: "suspended",
    Status.REVOKED: "lapsed",
    Status.SUPERSEDED: "superseded",
    Status.EXPIRED: "expired",
}


@dataclass(frozen=True)
class Due:
    """One planned renewal of a shard: its row of the day, the set that ends, and the act under which it is done."""

    act: Act
    day: date
    request: IssueRequest
    serial: str

    @property
    def subject_id(self) -> UUID:
        """The set that is renewed."""
        return self.request.subject_id


def skip_reason(record_set: RecordSet) -> str | None:
    """Return why a set is not renewed, or None when only JPKI is left to ask (MDOC-45, MDOC-49)."""
    # Lapsed, and issued anew by the law (Act 18-2 paragraph 11): used up, or ended before the run came to it.
    if record_set.status_reason == USED_UP or record_set.reissue_owed:
        return "certificate_on_hold" if record_set.certificate_on_hold else None
    if record_set.mdoc_status != Status.ACTIVE:
        return REASONS[Status(record_set.mdoc_status)]
    if record_set.certificate_on_hold:
        return "certificate_on_hold"
    return "card_end" if ends_with_card(record_set.valid_until, record_set.card_valid_until) else None


async def renew_due(tools: Provisioning, *, at: datetime) -> int:
    """Plan today's run when nobody has, and work off one shard of what is planned; return how much was done."""
    planned = await _plan_when_missing(tools, at=at)
    async with tools.sessions.begin() as session:
        due, closed = await _take_shard(session, tools, at)
    return planned + closed + (await _renew(tools, due, at=at) if due else 0)


async def _plan_when_missing(tools: Provisioning, *, at: datetime) -> int:
    async with tools.sessions.begin() as session:
        if not await run_is_missing(session, at=at):
            return 0
        await plan_run(session, tools, at=at)
    return 1


async def _take_shard(session: AsyncSession, tools: Provisioning, at: datetime) -> tuple[dict[UUID, Due], int]:
    """
    Return what this worker must do now, by set, and how much was closed without JPKI: skipped, each with its reason.

    What a former day left planned is closed here too: today's run has planned those sets anew.
    """
    statement = (
        select(Renewal, RecordSet)
        .join(RecordSet, RecordSet.mdoc_id == Renewal.set_id)
        .where(Renewal.state == "planned", Renewal.due_at <= at)
        .order_by(Renewal.due_at, Renewal.set_id)
        .limit(SHARD)
        .with_for_update(of=Renewal, skip_locked=True)
    )
    due: dict[UUID, Due] = {}
    closed, begun = 0, list[UUID]()
    for row, old in await session.execute(statement):
        of_today = row.day == legal_day(at) or row.cause is not None
        reason = skip_reason(old) if of_today else row.reason or "missed"
        act = job("issuer", "issuer.renew", at=at, random=tools.random)
        if reason is None:
            row.due_at = at + tools.lease
            due.setdefault(old.mdoc_id, _due(act, row, old))
        else:
            row.state, row.reason, row.updated_at = "skipped", reason, at
            session.add(refusal(act, reason))
            closed += 1
            if of_today:
                begun.append(old.mdoc_id)
    # A worker may have died over a set that was suspended or lapsed since: what it began to sign is never released.
    await give_up(session, begun, at=at)
    return due, closed


def _due(act: Act, row: Renewal, old: RecordSet) -> Due:
    continues = None if old.status_reason == USED_UP else old.valid_until
    request = IssueRequest(old.application_id, replaces=old.mdoc_id, continues=continues)
    return Due(act, row.day, request, old.signing_certificate_serial_number)


async def _renew(tools: Provisioning, due: Mapping[UUID, Due], *, at: datetime) -> int:
    """Renew a shard and close what is left of it, each with its reason; return how many rows were closed."""
    left: Left = {}
    allowed = await _ask(tools, due, left)
    issued = await issue(allowed, left, at=at, authority=tools.authority)
    sent = await apart(partial(send_renewals, tools, due, at=at), issued, left)
    return len(sent) + await _close(tools, due, left, at=at)


async def _ask(tools: Provisioning, due: Mapping[UUID, Due], left: Left) -> list[IssueRequest]:
    """Ask JPKI about every certificate, some at a time; return what may be renewed (MDOC-49)."""
    places = asyncio.Semaphore(_QUESTIONS)

    async def ask(one: Due) -> None:
        try:
            async with places:
                refused = await jpki.refusal_of(tools.smp.call, one.act, one.serial)
        except Exception as exc:  # noqa: BLE001 - one set must not hold up the others
            left[one.subject_id] = exc
            return
        if refused is not None:
            left[one.subject_id] = IssuerError(refused, "The card's signing certificate is not in effect.")

    await asyncio.gather(*[ask(one) for one in due.values()])
    return [one.request for one in due.values() if one.subject_id not in left]


async def send_renewals(
    tools: Provisioning, due: Mapping[UUID, Due], issued: Sequence[Issued], *, at: datetime
) -> list[Issued]:
    """
    Put renewed sets on their way and close the day's rows; all of them or none.

    Raises IssuerError(record_not_renewable) when an old set was suspended or lapsed since it was claimed.
    """
    async with tools.sessions.begin() as session:
        applications = await lock_applications(session, [one.claim.request.application_id for one in issued])
        old = await lock_sets(session, [one.subject_id for one in issued])
        outgoing = []
        for one in issued:
            application = applications[one.claim.request.application_id]
            await _check_old(session, old.get(one.subject_id), application, at)
            outgoing.append(Outgoing(due[one.subject_id].act, application, one))
        await send_sets(session, outgoing, tools)
        await _note(session, [due[one.subject_id] for one in issued], at)
    return list(issued)


async def _check_old(session: AsyncSession, old: RecordSet | None, application: Application, at: datetime) -> None:
    if old is None or skip_reason(old) is not None:
        raise IssuerError(Code.NOT_RENEWABLE, "The records went out of use meanwhile.")
    if old.reissue_owed and at >= old.valid_until:
        # Who applied anew after the end has, or is about to have, other records: one set per person (paragraph 1).
        await lock_people(session, [application.card_issue_number or ""])
        if await those_in_the_way(session, [application.application_id], at=at):
            raise IssuerError(Code.NOT_RENEWABLE, "The holder has applied anew.")


async def _note(session: AsyncSession, done: Sequence[Due], at: datetime) -> None:
    """
    JPKI's answer is noted in the old credentials, and the day's rows name the new sets.

    A credential keeps the instant of its last step, behind which the next one stands in the history.
    """
    await session.execute(
        update(HolderCredential)
        .where(HolderCredential.credential_id.in_([one.subject_id for one in done]))
        .values(last_verified_at=at, updated_at=func.greatest(HolderCredential.updated_at, at))
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        update(Renewal)
        .where(_rows_of(done), Issuance.subject_id == Renewal.set_id)
        .values(state="done", reason=None, new_set_id=Issuance.set_id, updated_at=at)
        .execution_options(synchronize_session=False)
    )


def _rows_of(due: Sequence[Due]) -> ColumnElement[bool]:
    return tuple_(Renewal.day, Renewal.set_id).in_([(one.day, one.subject_id) for one in due])


async def _close(tools: Provisioning, due: Mapping[UUID, Due], left: Left, *, at: datetime) -> int:
    """
    Write down why sets were left: skipped, or still planned because JPKI gave no answer or something failed.

    What another worker has taken over is left to it. Returns how many were skipped.
    """
    mine = {key: why for key, why in left.items() if not _is(why, Code.ISSUANCE_LOST)}
    if not mine:
        return 0
    skipped = {key: why.code for key, why in mine.items() if isinstance(why, IssuerError)}
    async with tools.sessions.begin() as session:
        rows = select(Renewal).where(_rows_of([due[key] for key in mine])).order_by(Renewal.set_id).with_for_update()
        for row in await session.scalars(rows):
            _mark(row, mine[row.set_id], tools, at)
        await give_up(session, list(skipped), at=at)
        session.add_all([refusal(due[key].act, code) for key, code in skipped.items()])
    for key, why in mine.items():
        if not isinstance(why, IssuerError | Unanswered):
            # No trace: it could quote what was being issued.
            extra = {"request_id": str(due[key].act.request_id), "kind": type(why).__name__}
            log.error("renewal failed", extra=extra)
    return len(skipped)


def _mark(row: Renewal, why: Exception, tools: Provisioning, at: datetime) -> None:
    row.updated_at = at
    if isinstance(why, IssuerError):
        row.state, row.reason = "skipped", why.code
    elif isinstance(why, Unanswered):
        row.reason, row.due_at = "no_answer", at + tools.retry
    else:
        row.reason = "failed"  # tried again when the lease has ended


def _is(why: Exception, code: Code) -> bool:
    return isinstance(why, IssuerError) and why.code == code
