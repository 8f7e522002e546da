"""What the store knows of a holder's certificate, as far as anybody may hear it: state, instant, reason; no person."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.ocsp import Status
from pki.jpki.lists import reason_of
from pki.jpki.models import UserCertificate
from pki.jpki.states import GOOD, HELD
from pki.trust.revocation import State


async def status_of(session: AsyncSession, kind: str, serial: int) -> Status | None:
    """Return the status of a certificate of one kind; None for a serial number that was never used."""
    columns = (UserCertificate.state, UserCertificate.reason, UserCertificate.since)
    statement = select(*columns).where(UserCertificate.serial == f"{serial:x}", UserCertificate.kind == kind)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    if row.state == GOOD:
        return Status(State.GOOD)
    return Status(State.HELD if row.state == HELD else State.REVOKED, row.since, reason_of(row.state, row.reason))
