"""Counts of applications and records (OPS-3, OPS-4): numbers per state, and no way to split them by person (OPS-5)."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.application.models import Application
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import Status
from registry.act import Act
from registry.messages.card import StateCounts


async def count(session: AsyncSession, act: Act) -> StateCounts:
    """
    Return applications per state, sets issued so far, and those valid at the instant; suspended ones stand apart.

    Keys: `application.<state>`, `mdoc.issued_total`, `mdoc.valid`, `mdoc.suspended`.
    """
    per_state = select(Application.application_status, func.count()).group_by(Application.application_status)
    counts = {f"application.{row[0]}": int(row[1]) for row in await session.execute(per_state)}
    counts["mdoc.issued_total"] = await session.scalar(select(func.count()).select_from(RecordSet)) or 0
    for key, status in (("valid", Status.ACTIVE), ("suspended", Status.SUSPENDED)):
        running = select(func.count()).where(RecordSet.mdoc_status == status, RecordSet.valid_until > act.at)
        counts[f"mdoc.{key}"] = await session.scalar(running) or 0
    return StateCounts(counts=counts)
