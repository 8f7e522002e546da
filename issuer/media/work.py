"""Work requests (作業申請書): nothing leaves the zone without one that another person has accepted (MEDIA-14)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.media.ledger import usable
from issuer.media.models import LedgerEntry, WorkDecision, WorkRequest
from registry.act import Act
from registry.messages.media import DecideWork, RequestWork, WorkState


async def request(session: AsyncSession, act: Act, message: RequestWork) -> WorkState:
    """Take in a work request for a registered medium; raises IssuerError(medium_unknown, medium_disposed)."""
    await usable(session, message.medium_id)
    work = WorkRequest(
        work_id=act.new_id(),
        medium_id=message.medium_id,
        since=message.since,
        until=message.until,
        purpose=message.purpose,
        at=act.at,
        operator=act.operator,
        terminal=act.terminal,
    )
    session.add(work)
    return WorkState(work_id=work.work_id, medium_id=work.medium_id, state="asked")


async def decide(session: AsyncSession, act: Act, message: DecideWork) -> WorkState:
    """Accept or reject a request; raises IssuerError(work_request_unknown, second_person_required, work_decided)."""
    work = await session.get(WorkRequest, message.work_id)
    if work is None:
        raise IssuerError(Code.WORK_UNKNOWN, "There is no such work request.")
    if work.operator == act.operator:
        raise IssuerError(Code.SECOND_PERSON, "Whoever asks does not accept.")
    if await session.get(WorkDecision, message.work_id) is not None:
        raise IssuerError(Code.WORK_DECIDED, "The request was decided before.")
    session.add(
        WorkDecision(
            work_id=work.work_id, accepted=message.accept, at=act.at, operator=act.operator, terminal=act.terminal
        )
    )
    state = "accepted" if message.accept else "rejected"
    return WorkState(work_id=work.work_id, medium_id=work.medium_id, state=state)


async def accepted(session: AsyncSession, work_id: UUID, medium_id: str) -> WorkRequest:
    """
    Return the request that allows work on this medium now.

    Raises IssuerError(work_not_accepted) where there is none, none for this medium, none that was accepted, alike;
    (work_done) where it was carried out.
    """
    work = await session.get(WorkRequest, work_id)
    decision = await session.get(WorkDecision, work_id)
    if work is None or work.medium_id != medium_id or decision is None or not decision.accepted:
        raise IssuerError(Code.WORK_NOT_ACCEPTED, "No accepted work request allows this.")
    if await session.scalar(select(LedgerEntry.entry_id).where(LedgerEntry.work_id == work_id)) is not None:
        raise IssuerError(Code.WORK_DONE, "A work request is carried out once.")
    return work
