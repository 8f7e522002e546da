"""A signer that is no longer to be believed: it signs nothing more, and what it signed can be listed (E-49)."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import IssuanceIntent, RevokedSigner
from issuer.smp.record.models import IssuedRecord
from registry.act import Act
from registry.messages.message import Acknowledged
from registry.messages.signers import RecordsFound, RecordsUnderSigner, SignerRevoked

PAGE = 500


async def signer_revoked(session: AsyncSession, act: Act, message: SignerRevoked) -> Acknowledged:
    """Stop using a signer from now on; told twice, nothing changes. A serial of nobody's signer is noted as well."""
    values = {"serial": message.serial, "cause": message.cause, "since": message.since, "told_at": act.at}
    await session.execute(insert(RevokedSigner).values(**values).on_conflict_do_nothing())
    return Acknowledged(reference=message.event_id)


async def records_under_signer(session: AsyncSession, act: Act, message: RecordsUnderSigner) -> RecordsFound:
    """Tell an operator which records were issued under a signer: ids only, at most 500 at a time."""
    del act
    found = await records_signed_by(session, message.serial, after=message.after, limit=PAGE + 1)
    return RecordsFound(request_id=message.request_id, record_ids=list(found[:PAGE]), more=len(found) > PAGE)


async def records_signed_by(
    session: AsyncSession, serial: str, *, after: UUID | None = None, limit: int | None = None
) -> Sequence[UUID]:
    """
    Return the ids of the released records that one signer signed, in ascending order.

    `serial`: of its certificate, lower-case hex. `after` leaves out that id and every lower one.
    """
    statement = (
        select(IssuedRecord.record_id)
        .join(
            IssuanceIntent,
            (IssuanceIntent.list_id == IssuedRecord.status_list_id) & (IssuanceIntent.idx == IssuedRecord.status_idx),
        )
        .where(IssuanceIntent.signer == serial)
        .order_by(IssuedRecord.record_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(IssuedRecord.record_id > after)
    return (await session.scalars(statement)).all()
