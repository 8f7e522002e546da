"""O-2: counts per state, free of personal data and of any breakdown by person (OPS-1, OPS-2)."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.models.application import CardApplicationRecord
from registry.card.models.destination import DestinationRecord
from registry.card.models.ledger import Card
from registry.messages.card import CountQuery, StateCounts
from registry.period import within


async def count_states(session: AsyncSession, act: Act, message: CountQuery) -> StateCounts:
    """
    Return counts of destination and application records per state, of cards issued and of cards valid.

    A card counts as issued from its handover on, as valid while it is in use and its end has not come.
    """
    counts: dict[str, int] = {}
    for name, table in (("destination", DestinationRecord), ("application", CardApplicationRecord)):
        period = within(table.record_timestamp, message.since, message.until)
        grouped = select(table.state, func.count()).where(*period).group_by(table.state)
        counts.update({f"{name}.{state}": count for state, count in await session.execute(grouped)})
    issued = select(func.count()).where(*_issued(message))
    valid = select(func.count()).where(
        Card.card_operation_status == "in_use", Card.card_valid_until >= legal_day(act.at)
    )
    counts["card.issued"] = await session.scalar(issued) or 0
    counts["card.valid"] = await session.scalar(valid) or 0
    return StateCounts(counts=counts)


def _issued(message: CountQuery) -> list[ColumnElement[bool]]:
    limits: list[ColumnElement[bool]] = [Card.handed_over_date.is_not(None)]
    if message.since is not None:
        limits.append(Card.handed_over_date >= message.since)
    if message.until is not None:
        limits.append(Card.handed_over_date <= message.until)
    return limits
