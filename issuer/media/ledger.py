"""The media ledger (媒体管理簿): which media there are, what became of them (MEDIA-13, MEDIA-15)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.media.models import LedgerEntry, Medium
from issuer.smp.application.content import public_key
from registry.act import Act
from registry.messages.media import EndMedium, Ledger, LedgerLine, LedgerQuery, RegisterMedium
from registry.messages.message import Acknowledged


def note(
    session: AsyncSession,
    act: Act,
    medium_id: str,
    what: str,
    *,
    work_id: UUID | None = None,
    detail: str | None = None,
) -> None:
    """Add a line to the ledger, with the operator and the terminal of the act."""
    session.add(
        LedgerEntry(
            entry_id=act.new_id(),
            medium_id=medium_id,
            at=act.at,
            what=what,
            operator=act.operator,
            terminal=act.terminal,
            work_id=work_id,
            detail=detail,
        )
    )


async def usable(session: AsyncSession, medium_id: str) -> Medium:
    """
    Return a registered medium, locked; raises IssuerError(medium_unknown, medium_disposed).

    The row of a medium never changes, so what is locked is the medium itself: two acts on it come one after the other.
    """
    medium = await session.get(Medium, medium_id, with_for_update={"key_share": True})
    if medium is None:
        raise IssuerError(Code.MEDIUM_UNKNOWN, "Only media of the ledger are used.")
    gone = select(LedgerEntry.entry_id).where(LedgerEntry.medium_id == medium_id, LedgerEntry.what == "disposed")
    if await session.scalar(gone) is not None:
        raise IssuerError(Code.MEDIUM_DISPOSED, "The medium was disposed of.")
    return medium


async def register(session: AsyncSession, act: Act, message: RegisterMedium) -> Acknowledged:
    """Admit a medium; raises IssuerError(medium_registered, medium_key_refused)."""
    if await session.get(Medium, message.medium_id) is not None:
        raise IssuerError(Code.MEDIUM_REGISTERED, "A label is given once.")
    try:
        public_key(message.public_key)
    except ValueError:
        raise IssuerError(Code.MEDIUM_KEY, "The key of a medium is a point on P-256.") from None
    session.add(Medium(medium_id=message.medium_id, place=message.place, public_key=message.public_key))
    await session.flush()
    note(session, act, message.medium_id, "registered", detail=message.place)
    return Acknowledged(reference=message.request_id)


async def end(session: AsyncSession, act: Act, message: EndMedium) -> Acknowledged:
    """
    Note that a medium was erased beyond restoration, or disposed of (消去・廃棄履歴).

    Raises IssuerError(medium_not_erased) for a disposal of a medium whose last contents were not erased.
    """
    await usable(session, message.medium_id)
    if message.what == "disposed" and await _last(session, message.medium_id) == "written":
        raise IssuerError(Code.MEDIUM_NOT_ERASED, "Erase the medium beyond restoration first.")
    note(session, act, message.medium_id, message.what, detail=message.method)
    return Acknowledged(reference=message.request_id)


async def _last(session: AsyncSession, medium_id: str) -> str | None:
    """Return what was last done to the contents of a medium."""
    done = select(LedgerEntry.what).where(
        LedgerEntry.medium_id == medium_id, LedgerEntry.what.in_(("written", "erased"))
    )
    return await session.scalar(done.order_by(LedgerEntry.at.desc()).limit(1))


async def audit(session: AsyncSession, act: Act, message: LedgerQuery) -> Ledger:
    """Return the whole ledger; that it was looked through is a line for each medium (MEDIA-13)."""
    for medium_id in await session.scalars(select(Medium.medium_id).order_by(Medium.medium_id)):
        note(session, act, medium_id, "audited")
    await session.flush()
    rows = await session.scalars(select(LedgerEntry).order_by(LedgerEntry.at, LedgerEntry.entry_id))
    lines = [
        LedgerLine(
            at=row.at,
            medium_id=row.medium_id,
            what=row.what,
            operator=row.operator,
            terminal=row.terminal,
            work_id=row.work_id,
            detail=row.detail,
        )
        for row in rows
    ]
    return Ledger(request_id=message.request_id, lines=lines)
