"""Counts of applications and records (OPS-3, OPS-4): numbers per state, and no way to split them by person (OPS-5)."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.application.models import Application
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import Status
from registry.act import Act
from registry.messages.card import CountQuery, StateCounts
from registry.period import within


async def count(session: AsyncSession, act: Act, message: CountQuery) -> StateCounts:
    """
    Return applications received and sets issued in the period, and sets valid now; suspended ones stand apart.

    Keys: `application.<state>`, `mdoc.issued_total`, `mdoc.valid`, `mdoc.suspended`. The period is all there is to
    choose: the message has no field for an attribute of persons.
    """
    received = within(Application.application_received_at, message.since, message.until)
    per_state = select(Application.application_status, func.count()).where(*received)
    grouped = await session.execute(per_state.group_by(Application.application_status))
    counts = {f"application.{state}": int(count) for state, count in grouped}
    issued = select(func.count()).where(*within(RecordSet.registered_at, message.since, message.until))
    counts["mdoc.issued_total"] = await session.scalar(issued) or 0
    for key, status in (("valid", Status.ACTIVE), ("suspended", Status.SUSPENDED)):
        running = select(func.count()).where(RecordSet.mdoc_status == status, RecordSet.valid_until > act.at)
        counts[f"mdoc.{key}"] = await session.scalar(running) or 0
    return StateCounts(counts=counts)
