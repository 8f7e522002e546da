"""When, and to whom, a number was generated: what is known of one record code, without the number (NUM-18)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.messages.number import Trace, Traced, TracedPair, TracedProvision
from registry.number.models import CURRENT, GeneratedNumber, NumberPair
from registry.number.operations import record_code_index
from registry.sealing.columns import Sealer
from registry.trail.models import ProvisionRecord
from registry.trail.provide import provide

FIELDS = ["generated_at", "paid_out_date", "current_or_history", "cause", "provisions"]


async def trace(session: AsyncSession, act: Act, message: Trace, sealer: Sealer) -> Traced:
    """
    Return the pairs of a record code and the notices of its numbers, oldest first; the trace itself is recorded.

    Raises RegistryError(record_code_unknown).
    """
    subject = sealer.index("person", message.resident_record_code)
    pairs = await _pairs(session, record_code_index(sealer, message.resident_record_code))
    if not pairs:
        raise RegistryError(Code.RECORD_CODE_UNKNOWN)
    provisions = await _provisions(session, subject)
    await provide(session, act, subject=subject, reason="trace", fields=FIELDS, number=False)
    return Traced(request_id=message.request_id, pairs=pairs, provisions=provisions)


async def _pairs(session: AsyncSession, code: bytes) -> list[TracedPair]:
    rows = await session.execute(
        select(NumberPair, GeneratedNumber.generated_at)
        .join(GeneratedNumber, GeneratedNumber.id == NumberPair.number_id)
        .where(NumberPair.record_code_index == code)
        .order_by(NumberPair.recorded_at)
    )
    return [
        TracedPair(
            generated_at=generated_at,
            paid_out_date=pair.paid_out_date,
            current=pair.current_or_history == CURRENT,
            cause=pair.cause,
        )
        for pair, generated_at in rows
    ]


async def _provisions(session: AsyncSession, subject: bytes) -> list[TracedProvision]:
    rows = await session.scalars(
        select(ProvisionRecord)
        .where(ProvisionRecord.subject == subject, ProvisionRecord.outcome == "provided")
        .order_by(ProvisionRecord.at)
    )
    return [
        TracedProvision(at=row.at, recipient=row.recipient or row.client_system, operation=row.operation)
        for row in rows
    ]
