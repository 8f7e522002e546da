"""How much waits to be sent, and since when (AUDIT-17)."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.outbox.models import OutboxMessage
from registry.reading import Reading


async def depth(session: AsyncSession, at: datetime) -> list[Reading]:
    """Return the number of messages that nobody has acknowledged, and the age of the oldest in seconds."""
    unanswered = OutboxMessage.acknowledged_at.is_(None)
    count = await session.scalar(select(func.count()).where(unanswered)) or 0
    oldest = await session.scalar(select(func.min(OutboxMessage.at)).where(unanswered))
    age = 0.0 if oldest is None else (at - oldest).total_seconds()
    return [
        Reading("outbox_waiting", "messages that nobody has acknowledged", count),
        Reading("outbox_oldest_seconds", "age of the oldest of them", age),
    ]
