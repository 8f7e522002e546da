"""E-37: what SMP is told about signing certificates, through the outbox, by serial number and without any item."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.messages.juki import Reason
from registry.messages.smp import JpkiEvent
from registry.outbox.put import put
from registry.sealing.columns import Sealer

OPERATION = "issuer.jpki_event"
Kind = Literal["revoked", "held", "released", "suspension_requested"]
Cause = Reason | Literal["lost", "stolen", "other", "expired", "superseded", "key_compromise", "lifted"]


async def tell_smp(
    session: AsyncSession,
    act: Act,
    serial: str,
    kind: Kind,
    cause: Cause,
    *,
    sealer: Sealer,
    occurred_at: datetime | None = None,
) -> UUID:
    """
    Put an event into the outbox, in the transaction of the act; return its id, which is also its idempotency key.

    It is kept and sent again until SMP has acknowledged it (D6).
    """
    event_id = act.new_id()
    event = JpkiEvent(
        event_id=event_id,
        signing_certificate_serial=serial,
        kind=kind,
        cause=cause,
        occurred_at=occurred_at or act.at,
    )
    return await put(session, act, OPERATION, event, sealer=sealer, key=event_id)
