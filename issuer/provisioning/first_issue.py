"""The job after acceptance: accepted → authority → sealed → outbox (worker step "issue", MDOC-19, MDOC-25)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import IssueRequest, give_up
from issuer.authority.issuance import Issued, issue
from issuer.authority.models import Issuance
from issuer.authority.shard import Left, apart
from issuer.errors import Code, IssuerError
from issuer.provisioning.bundle import Outgoing, send_sets
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.intake import lock_applications
from issuer.smp.application.models import Application
from issuer.smp.application.states import State, advance, walk
from issuer.smp.binding import wait_command
from registry.act import Act, job
from registry.trail.provide import refusal

_BATCH = 32
log = logging.getLogger(__name__)


async def issue_due(tools: Provisioning, *, at: datetime) -> int:
    """Issue for accepted applications, and for those whose worker died; return how many sets went out."""
    async with tools.sessions() as session:
        due = await _due(session, at)
    return await issue_shard(tools, due, at=at)


async def _due(session: AsyncSession, at: datetime) -> list[UUID]:
    left_behind = and_(Application.application_status == State.IACA_REQUESTED, Issuance.lease_until <= at)
    statement = (
        select(Application.application_id)
        .outerjoin(Issuance, Issuance.subject_id == Application.application_id)
        .where(
            Application.application_type == "issue",
            or_(Application.application_status == State.ACCEPTED, left_behind),
        )
        .order_by(Application.application_received_at)
        .limit(_BATCH)
    )
    return list(await session.scalars(statement))


async def issue_shard(tools: Provisioning, ids: Sequence[UUID], *, at: datetime) -> int:
    """
    Issue for applications together; return how many sets went out.

    One that is refused leaves a record, and one that is another worker's is left to it. Anything unforeseen is logged
    without data and tried again when the claim's lease has ended.
    """
    left: Left = {}
    issued = await issue([IssueRequest(one) for one in ids], left, at=at, authority=tools.authority)
    sent = await apart(partial(send_first, tools, at=at), issued, left)
    for application_id, reason in left.items():
        await _leave(tools, application_id, reason, at=at)
    return len(sent)


async def send_first(tools: Provisioning, issued: Sequence[Issued], *, at: datetime) -> list[Issued]:
    """Put sets of a first issue on their way: the applications then wait for the phones."""
    async with tools.sessions.begin() as session:
        applications = await lock_applications(session, [one.claim.request.application_id for one in issued])
        outgoing = [Outgoing(_act(tools, at), applications[one.claim.request.application_id], one) for one in issued]
        waits = []
        for one in outgoing:
            walk(one.application, State.IACA_DONE, State.SENDING, at=at)
            waits.append(wait_command(one.act, one.application, tools.smp))
            advance(one.application, State.WAITING_DEVICE, at=at)
        await send_sets(session, outgoing, tools, beside=waits)
    return list(issued)


def _act(tools: Provisioning, at: datetime) -> Act:
    return job("issuer", "issuer.issue", at=at, random=tools.random)


async def _leave(tools: Provisioning, application_id: UUID, reason: Exception, *, at: datetime) -> None:
    act = _act(tools, at)
    if not isinstance(reason, IssuerError):
        # No trace: it could quote what was being issued.
        log.error("issue failed", extra={"request_id": str(act.request_id), "kind": type(reason).__name__})
    elif reason.code != Code.ISSUANCE_LOST:
        await _fail(tools, act, application_id, reason)


async def _fail(tools: Provisioning, act: Act, application_id: UUID, refused: IssuerError) -> None:
    """The authority refused: what it intended is given up, the application has failed, the trail says why; or none."""
    async with tools.sessions.begin() as session:
        row = await session.get(Application, application_id, with_for_update=True, populate_existing=True)
        if row is not None and row.application_status == State.IACA_REQUESTED:
            await give_up(session, [application_id], at=act.at)
            advance(row, State.FAILED, at=act.at, detail=refused.code)
        session.add(refusal(act, refused.code))
