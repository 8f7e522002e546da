"""What an operator may see of one set: state and history by certificate serial or application, never a person."""

from uuid import UUID

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
    Return state and history of an application's sets (MDOC-28): of the newest one where a serial is given.

    Raises IssuerError(application_unknown), also when neither key is given. There is no search by number.
    """
    application = await look(session, act, message, sealer)
    record_set = await newest_set(session, application)
    return RecordFound(
        request_id=message.request_id,
        application_id=application.application_id,
        application_status=application.application_status,
        mdoc_status=record_set.mdoc_status if record_set else None,
        valid_until=record_set.valid_until if record_set else None,
        history=await _history(session, application),
    )


async def look(session: AsyncSession, act: Act, message: FindRecord, sealer: Sealer) -> Application:
    """Return the application an operator asks for; the look is recorded with the operator (AUDIT-16)."""
    application = await application_named(session, message.application_id, message.signing_certificate_serial)
    if application is None:
        raise IssuerError(Code.APPLICATION_UNKNOWN, "There is no such application.")
    serial = application.signing_certificate_serial_number or ""
    await provide(
        session, act, subject=sealer.index("person", serial), reason="enquiry", fields=["mdoc_status"], number=False
    )
    return application


async def application_named(
    session: AsyncSession, application_id: UUID | None, serial: str | None
) -> Application | None:
    """Return the application of this id, or the newest one for an issue with this certificate; None without a key."""
    if application_id is not None:
        return await session.get(Application, application_id)
    statement = select(Application).where(
        Application.signing_certificate_serial_number == (serial or ""),
        Application.application_type == "issue",
    )
    newest = statement.order_by(Application.application_received_at.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


async def newest_set(session: AsyncSession, application: Application) -> RecordSet | None:
    """Return the last set that was made for an application."""
    statement = select(RecordSet).where(RecordSet.application_id == application.application_id)
    return (await session.scalars(statement.order_by(RecordSet.registered_at.desc()).limit(1))).one_or_none()


async def _history(session: AsyncSession, application: Application) -> list[HistoryEntry]:
    statement = (
        select(HolderCredentialHistory)
        .join(RecordSet, RecordSet.mdoc_id == HolderCredentialHistory.credential_id)
        .where(RecordSet.application_id == application.application_id)
        .order_by(HolderCredentialHistory.registered_at)
    )
    return [
        HistoryEntry(at=row.registered_at, what=row.credential_status, detail=row.reason, set_id=row.credential_id)
        for row in await session.scalars(statement)
    ]
