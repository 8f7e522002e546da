"""
Notices to the phone: pushed at once and again until receipt is confirmed, and answered whenever the phone asks.

Act 18-2 paragraph 10; MDOC-41. A notice names the set and the cause, and no item of the person.
"""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.application.phone_message import open_phone_message
from issuer.smp.application.states import State, advance
from issuer.smp.letters import phone_of, put_letter
from issuer.smp.record.messages import NoticeKind, Notices, NoticeView, SetView
from issuer.smp.record.models import Notice, RecordSet
from issuer.smp.record.states import Status
from issuer.smp.tools import SmpTools
from registry.act import Act, Chance, job
from registry.messages.message import Acknowledged
from registry.postgres.engine import Sessions
from registry.postgres.rows import write

_BATCH = 50


async def notify(
    session: AsyncSession,
    act: Act,
    record_set: RecordSet,
    kind: NoticeKind,
    *,
    cause: str | None,
    caused_by: UUID | None,
    tools: SmpTools,
) -> Notice:
    """
    Open a notice; that of a lapse is pushed at once and again until the phone confirms (paragraph 10).

    `caused_by` is the application that is complete with the phone's receipt.
    """
    notice = Notice(
        notice_id=act.new_id(),
        application_id=record_set.application_id,
        mdoc_id=record_set.mdoc_id,
        kind=kind,
        cause=cause,
        caused_by=caused_by,
        at=act.at,
        times_sent=0,
    )
    if kind == "lapsed":
        await _send(session, act, notice, tools)
    await write(session, [notice])
    return notice


async def _send(session: AsyncSession, act: Act, notice: Notice, tools: SmpTools) -> None:
    phone = await phone_of(session, notice.application_id)
    content = {
        "type": "notice",
        "notice_id": notice.notice_id,
        "kind": notice.kind,
        "cause": notice.cause,
        "set_id": notice.mdoc_id,
        "at": notice.at,
    }
    await put_letter(session, act, phone, "notice", content, sealer=tools.sealer)
    notice.times_sent += 1
    notice.due_at = act.at + tools.terms.notice_repeat


async def repeat_due(sessions: Sessions, tools: SmpTools, *, at: datetime, random: Chance) -> int:
    """Send every unconfirmed lapse notice that is due again (worker step "notices"); return how many."""
    act = job("issuer", "issuer.repeat_notices", at=at, random=random)
    due = (
        select(Notice)
        .where(Notice.confirmed_at.is_(None), Notice.due_at <= at)
        .order_by(Notice.due_at)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    async with sessions.begin() as session:
        notices = (await session.scalars(due)).all()
        for notice in notices:
            await _send(session, act, notice, tools)
    return len(notices)


async def answer_notices(session: AsyncSession, act: Act, body: str, tools: SmpTools) -> Notices:
    """Answer a phone's question before a presentation: open notices, and the state of its sets (article 18-3)."""
    claims = await open_phone_message(session, body, "notices", audience=tools.audience, at=act.at)
    mine = claims.application.application_id
    still_open = select(Notice).where(Notice.application_id == mine, Notice.confirmed_at.is_(None)).order_by(Notice.at)
    sets = select(RecordSet).where(RecordSet.application_id == mine).order_by(RecordSet.registered_at)
    return Notices(
        notices=[_view(notice) for notice in await session.scalars(still_open)],
        sets=[
            SetView(set_id=each.mdoc_id, status=_status_at(each, act.at), valid_until=each.valid_until)
            for each in await session.scalars(sets)
        ],
    )


def _view(notice: Notice) -> NoticeView:
    return NoticeView(
        notice_id=notice.notice_id,
        kind=cast("NoticeKind", notice.kind),
        set_id=notice.mdoc_id,
        cause=notice.cause,
        at=notice.at,
    )


def _status_at(record_set: RecordSet, at: datetime) -> str:
    """A set past its end is expired from that instant on, whether the job has been there or not."""
    running = record_set.mdoc_status in {Status.ISSUED, Status.ACTIVE, Status.SUSPENDED}
    return Status.EXPIRED if running and at >= record_set.valid_until else record_set.mdoc_status


async def confirm_notice(session: AsyncSession, act: Act, body: str, tools: SmpTools) -> Acknowledged:
    """
    Close a notice that the phone has received, and the application that caused it.

    Raises IssuerError(notice_unknown) for a notice that is not this phone's, and what `open_phone_message` raises.
    """
    claims = await open_phone_message(session, body, "confirm_notice", audience=tools.audience, at=act.at)
    notice = await session.get(Notice, claims.notice_id, with_for_update=True) if claims.notice_id else None
    if notice is None or notice.application_id != claims.application.application_id:
        raise IssuerError(Code.NOTICE_UNKNOWN, "This phone has no such notice.")
    if notice.confirmed_at is None:
        notice.confirmed_at, notice.due_at = act.at, None
        await _complete(session, act, notice)
    return Acknowledged(reference=notice.notice_id)


async def _complete(session: AsyncSession, act: Act, notice: Notice) -> None:
    cause = await session.get(Application, notice.caused_by) if notice.caused_by else None
    if cause is not None and cause.application_status == State.WAITING_DEVICE:
        cause.event_notification_received_flag = True
        advance(cause, State.COMPLETED, at=act.at)
