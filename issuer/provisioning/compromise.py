"""
A key that signs records was leaked, lost or damaged: all records under it lose effect (Order 39-11(2), (3)).

The notice is published with the operator's act; the worker ends the sets in batches and goes on wherever it stopped,
because what is still in force under that key is found anew each time (worker step "compromise").
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import Issuance, IssuanceIntent, RevokedSigner
from issuer.errors import Code, IssuerError
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import CompromisedSigner, RecordSet
from issuer.smp.record.states import IN_FORCE
from registry.act import Act, job
from registry.messages.smp import CompromiseReport, DeclareCompromise, PublicNotice, PublicNotices
from registry.outbox.queue import wake

CAUSE = "39-11(2)"
KEY_COMPROMISE = "key_compromise"
BATCH = 50


async def declare(session: AsyncSession, act: Act, message: DeclareCompromise) -> CompromiseReport:
    """
    Publish the notice and wake the worker; asked again, report how far it has come.

    Raises IssuerError(signer_unknown) for a serial under which nothing was ever issued.
    """
    if not await session.scalar(select(exists().where(IssuanceIntent.signer == message.signer))):
        raise IssuerError(Code.SIGNER_UNKNOWN, "Nothing was issued under this signer.")
    await publish_compromise(session, message.signer, message.cause, at=act.at)
    row = await session.get_one(CompromisedSigner, message.signer, populate_existing=True)
    return CompromiseReport(
        request_id=message.request_id,
        signer=row.signer,
        published_at=row.published_at,
        sets_lapsed=row.sets_lapsed,
        completed_at=row.completed_at,
    )


async def publish_compromise(session: AsyncSession, signer: str, cause: str, *, at: datetime) -> None:
    """Write the notice once, sign nothing more with the key, and let the worker begin; again, it changes nothing."""
    revoked = {"serial": signer, "cause": KEY_COMPROMISE, "since": at, "told_at": at}
    await session.execute(insert(RevokedSigner).values(revoked).on_conflict_do_nothing())
    notice = {"signer": signer, "cause": cause, "published_at": at, "sets_lapsed": 0}
    await session.execute(insert(CompromisedSigner).values(notice).on_conflict_do_nothing())
    await wake(session, "compromise")


async def public_notices(session: AsyncSession, act: Act) -> PublicNotices:
    """Tell anybody which keys were compromised; a notice is never taken back."""
    del act
    rows = await session.scalars(select(CompromisedSigner).order_by(CompromisedSigner.published_at))
    return PublicNotices(
        notices=[PublicNotice(signer=row.signer, cause=row.cause, published_at=row.published_at) for row in rows]
    )


async def lapse_due(tools: Provisioning, *, at: datetime) -> int:
    """End one batch of sets under a compromised key; return how many, so that the step goes on until none is left."""
    act = job("issuer", "issuer.compromise", at=at, random=tools.random)
    async with tools.sessions.begin() as session:
        for signer in await _told_by_iaca(session):
            await publish_compromise(session, signer, "leaked", at=at)
        notice = await _open_notice(session)
        if notice is None:
            return 0
        sets = await _sets_under(session, notice.signer)
        for record_set in sets:
            await lapse(session, act, record_set, [CAUSE], tools=tools.smp, trigger=f"signer_{notice.cause}")
        notice.sets_lapsed += len(sets)
        if not sets and not await session.scalar(select(_being_signed(notice.signer))):
            notice.completed_at = at
    return len(sets)


async def _told_by_iaca(session: AsyncSession) -> Sequence[str]:
    """Signers that the IACA revoked because of their key (E-49), and whose notice is not published yet."""
    published = exists().where(CompromisedSigner.signer == RevokedSigner.serial)
    statement = select(RevokedSigner.serial).where(RevokedSigner.cause == KEY_COMPROMISE, ~published)
    return (await session.scalars(statement)).all()


async def _open_notice(session: AsyncSession) -> CompromisedSigner | None:
    statement = select(CompromisedSigner).where(CompromisedSigner.completed_at.is_(None))
    oldest = statement.order_by(CompromisedSigner.published_at).limit(1).with_for_update(skip_locked=True)
    return (await session.scalars(oldest)).one_or_none()


async def _sets_under(session: AsyncSession, signer: str) -> Sequence[RecordSet]:
    statement = (
        select(RecordSet)
        .where(RecordSet.mdoc_status.in_(IN_FORCE), _signed_by(signer))
        .order_by(RecordSet.mdoc_id)
        .limit(BATCH)
        .with_for_update()
    )
    return (await session.scalars(statement)).all()


def _signed_by(signer: str) -> ColumnElement[bool]:
    return exists().where(
        IssuanceIntent.set_id == RecordSet.mdoc_id, IssuanceIntent.signer == signer, IssuanceIntent.state == "signed"
    )


def _being_signed(signer: str) -> ColumnElement[bool]:
    """Whether a worker may still release something under that key: then the notice stays open."""
    return exists().where(
        IssuanceIntent.signer == signer,
        IssuanceIntent.state == "intended",
        Issuance.subject_id == IssuanceIntent.subject_id,
        Issuance.state == "running",
    )
