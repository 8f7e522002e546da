"""What an operator may see of one set: state and history by certificate serial or application, never a person."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.record.models import HolderCredentialHistory, RecordSet
from registry.act import Act
from registry.messages.smp import FindRecord, HistoryEntry, RecordFound
from registry.sealing.columns import Sealer
from registry.trail.provide import provide


async def find(session: AsyncSession, act: Act, message: FindRecord, sealer: Sealer) -> RecordFound:
    """
    Return state and history of the newest application and set (MDOC-28); the look is recorded with the operator.

    Raises IssuerError(application_unknown), also when neither key is given. There is no search by number.
    """
    application = await _application(session, message)
    if application is None:
        raise IssuerError(Code.APPLICATION_UNKNOWN, "There is no such application.")
    record_set = await _newest_set(session, application)
    serial = application.signing_certificate_serial_number or ""
    await provide(
        session, act, subject=sealer.index("person", serial), reason="enquiry", fields=["mdoc_status"], number=False
    )
    return RecordFound(
        request_id=message.request_id,
        application_id=application.application_id,
        application_status=application.application_status,
        mdoc_status=record_set.mdoc_status if record_set else None,
        valid_until=record_set.valid_until if record_set else None,
        history=await _history(session, record_set) if record_set else [],
    )


async def _application(session: AsyncSession, message: FindRecord) -> Application | None:
    if message.application_id is not None:
        return await session.get(Application, message.application_id)
    statement = select(Application).where(
        Application.signing_certificate_serial_number == (message.signing_certificate_serial or ""),
        Application.application_type == "issue",
    )
    newest = statement.order_by(Application.application_received_at.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


async def _newest_set(session: AsyncSession, application: Application) -> RecordSet | None:
    statement = select(RecordSet).where(RecordSet.application_id == application.application_id)
    return (await session.scalars(statement.order_by(RecordSet.registered_at.desc()).limit(1))).one_or_none()


async def _history(session: AsyncSession, record_set: RecordSet) -> list[HistoryEntry]:
    statement = (
        select(HolderCredentialHistory)
        .where(HolderCredentialHistory.credential_id == record_set.mdoc_id)
        .order_by(HolderCredentialHistory.registered_at)
    )
    return [
        HistoryEntry(at=row.registered_at, what=row.credential_status, detail=row.reason)
        for row in await session.scalars(statement)
    ]
