"""
Renewal without the holder: what the day's run planned, one set after the other (worker step "renew", MDOC-44 to 49).

A set is renewed only while it is in use and its signing certificate in effect; one that ends with its card runs out
with it (MDOC-45). Whoever is left out is left out with a reason.
"""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import IssueRequest, give_up
from issuer.authority.issuance import Issued, issue
from issuer.authority.validity import ends_with_card
from issuer.errors import Code, IssuerError
from issuer.provisioning.bundle import lock_application, send_set
from issuer.provisioning.daily_run import plan_run, run_is_missing
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp import jpki
from issuer.smp.application.models import Application
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.in_force import lock_person, set_of, stands_in_the_way
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import Status
from issuer.smp.record.steps import credential_of
from registry.act import Act, job
from registry.calendar import legal_day
from registry.peer.call import Unanswered
from registry.trail.provide import refusal

SHARD = 50
log = logging.getLogger(__name__)

REASONS = {
    Status.ISSUED: "unconfirmed",
    Status.SUSPENDED: "suspended",
    Status.REVOKED: "lapsed",
    Status.SUPERSEDED: "superseded",
    Status.EXPIRED: "expired",
}


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
    return planned + closed + sum([await renew_one(tools, row, old, at=at) for row, old in due])


async def _plan_when_missing(tools: Provisioning, *, at: datetime) -> int:
    async with tools.sessions.begin() as session:
        if not await run_is_missing(session, at=at):
            return 0
        await plan_run(session, tools, at=at)
    return 1


async def _take_shard(
    session: AsyncSession, tools: Provisioning, at: datetime
) -> tuple[list[tuple[Renewal, RecordSet]], int]:
    """
    Return what this worker must do now, and how much was closed without JPKI: skipped, each with its reason.

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
    due, closed = [], 0
    for row, old in await session.execute(statement):
        of_today = row.day == legal_day(at) or row.cause is not None
        reason = skip_reason(old) if of_today else row.reason or "missed"
        if reason is None:
            row.due_at = at + tools.lease
            due.append((row, old))
        else:
            row.state, row.reason, row.updated_at = "skipped", reason, at
            session.add(refusal(job("issuer", "issuer.renew", at=at, random=tools.random), reason))
            closed += 1
    return due, closed


async def renew_one(tools: Provisioning, row: Renewal, old: RecordSet, *, at: datetime) -> bool:
    """Renew or skip one planned set; False when it stays planned because JPKI gave no answer or something failed."""
    act = job("issuer", "issuer.renew", at=at, random=tools.random)
    try:
        reason = await _renew(tools, act, row, old)
    except Unanswered:
        await _postpone(tools, act, row)
        return False
    except IssuerError as refused:
        if refused.code == Code.ISSUANCE_LOST:
            return False
        reason = refused.code
        await _given_up(tools, act, row)
    except Exception as exc:  # noqa: BLE001 - one set must not hold up the others
        log.error(  # noqa: TRY400 - a trace could quote what was being issued
            "renewal failed", extra={"request_id": str(act.request_id), "kind": type(exc).__name__}
        )
        return False
    if reason is not None:
        await _skip(tools, act, row, reason)
    return True


async def _renew(tools: Provisioning, act: Act, row: Renewal, old: RecordSet) -> str | None:
    """Return the reason for leaving a set alone, or None when it was renewed; claim and release look at it again."""
    reason = await jpki.refusal_of(tools.smp.call, act, old.signing_certificate_serial_number)
    if reason is not None:
        return str(reason)
    continues = old.valid_until if row.cause is None else None
    request = IssueRequest(old.application_id, replaces=old.mdoc_id, continues=continues)
    issued = await issue(request, at=act.at, authority=tools.authority)
    await send_renewal(tools, act, row, issued)
    return None


async def send_renewal(tools: Provisioning, act: Act, row: Renewal, issued: Issued) -> None:
    """
    Put a renewed set on its way and close the day's row.

    Raises IssuerError(record_not_renewable) when the old set was suspended or lapsed since it was claimed.
    """
    async with tools.sessions.begin() as session:
        application = await lock_application(session, issued.claim.request.application_id)
        old = await set_of(session, row.set_id)
        if old is None or skip_reason(old) is not None:
            raise IssuerError(Code.NOT_RENEWABLE, "The records went out of use meanwhile.")
        if old.reissue_owed:
            await _refuse_second(session, application, act)
        new = await send_set(session, act, application, issued, tools)
        credential = await credential_of(session, old)
        credential.last_verified_at, credential.updated_at = act.at, act.at
        planned = await session.get_one(Renewal, (row.day, row.set_id), with_for_update=True)
        planned.state, planned.reason, planned.new_set_id, planned.updated_at = "done", None, new.mdoc_id, act.at


async def _refuse_second(session: AsyncSession, application: Application, act: Act) -> None:
    """Who applied anew after the end has, or is about to have, other records: one set per person (paragraph 1)."""
    await lock_person(session, application.card_issue_number or "")
    if await stands_in_the_way(session, application, at=act.at):
        raise IssuerError(Code.NOT_RENEWABLE, "The holder has applied anew.")


async def _postpone(tools: Provisioning, act: Act, row: Renewal) -> None:
    async with tools.sessions.begin() as session:
        planned = await session.get_one(Renewal, (row.day, row.set_id), with_for_update=True)
        planned.reason, planned.due_at, planned.updated_at = "no_answer", act.at + tools.retry, act.at


async def _given_up(tools: Provisioning, act: Act, row: Renewal) -> None:
    async with tools.sessions.begin() as session:
        await give_up(session, row.set_id, at=act.at)


async def _skip(tools: Provisioning, act: Act, row: Renewal, reason: str) -> None:
    async with tools.sessions.begin() as session:
        planned = await session.get_one(Renewal, (row.day, row.set_id), with_for_update=True)
        planned.state, planned.reason, planned.updated_at = "skipped", reason, act.at
        session.add(refusal(act, reason))
