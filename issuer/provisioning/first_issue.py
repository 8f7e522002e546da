"""The job after acceptance: accepted → authority → sealed → outbox (worker step "issue", MDOC-19, MDOC-25)."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import IssueRequest, give_up
from issuer.authority.issuance import Issued, issue
from issuer.authority.models import Issuance
from issuer.errors import Code, IssuerError
from issuer.provisioning.bundle import lock_application, send_set
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.application.states import State, advance, walk
from issuer.smp.binding import send_wait_command
from registry.act import Act, job
from registry.trail.provide import refuse

_BATCH = 8
log = logging.getLogger(__name__)


async def issue_due(tools: Provisioning, *, at: datetime) -> int:
    """Issue for accepted applications, and for those whose worker died; return how many sets went out."""
    async with tools.sessions() as session:
        due = await _due(session, at)
    return sum([await issue_one(tools, application_id, at=at) for application_id in due])


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


async def issue_one(tools: Provisioning, application_id: UUID, *, at: datetime) -> bool:
    """
    Issue for one application; False when it was refused, which leaves a record, or is another worker's.

    Anything unforeseen is logged without data and tried again when the claim's lease has ended.
    """
    act = job("issuer", "issuer.issue", at=at, random=tools.random)
    try:
        issued = await issue(IssueRequest(application_id), at=at, authority=tools.authority)
        await send_first(tools, act, issued)
    except IssuerError as refusal:
        if refusal.code != Code.ISSUANCE_LOST:
            await _fail(tools, act, application_id, refusal)
        return False
    except Exception as exc:  # noqa: BLE001 - one application must not hold up the others
        log.error(  # noqa: TRY400 - a trace could quote what was being issued
            "issue failed", extra={"request_id": str(act.request_id), "kind": type(exc).__name__}
        )
        return False
    return True


async def send_first(tools: Provisioning, act: Act, issued: Issued) -> None:
    """Put a set of a first issue on its way: the application then waits for the phone."""
    async with tools.sessions.begin() as session:
        application = await lock_application(session, issued.claim.request.application_id)
        await send_set(session, act, application, issued, tools)
        walk(application, State.IACA_DONE, State.SENDING, at=act.at)
        await send_wait_command(session, act, application, tools.smp)
        advance(application, State.WAITING_DEVICE, at=act.at)


async def _fail(tools: Provisioning, act: Act, application_id: UUID, refusal: IssuerError) -> None:
    """The authority refused: what it intended is given up, the application has failed, and the trail says why."""
    async with tools.sessions.begin() as session:
        row = await session.get(Application, application_id, with_for_update=True, populate_existing=True)
        if row is not None and row.application_status == State.IACA_REQUESTED:
            await give_up(session, application_id, at=act.at)
            advance(row, State.FAILED, at=act.at, detail=refusal.code)
    await refuse(tools.sessions, act, refusal.code)
