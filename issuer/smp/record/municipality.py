"""The municipality is told that a record was issued or lost effect (Act 18-2 paragraph 12, E-47). No number."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.record.models import RecordSet
from registry.act import Act
from registry.messages.smp import MunicipalityNotice
from registry.outbox.put import put
from registry.sealing.columns import Sealer


async def tell_municipality(
    session: AsyncSession,
    act: Act,
    record_set: RecordSet,
    event: Literal["issued", "lapsed"],
    *,
    cause: str | None = None,
    sealer: Sealer,
) -> UUID:
    """Put the notice into the outbox, in the transaction of what it tells; return its id."""
    notice_id = act.new_id()
    notice = MunicipalityNotice(
        notice_id=notice_id,
        municipality_code=record_set.municipality_code,
        card_issue_number=record_set.card_issue_number,
        event=event,
        cause=cause,
        effective_at=act.at,
    )
    return await put(session, act, "municipal-cs.mdoc_notice", notice, sealer=sealer, key=notice_id)
