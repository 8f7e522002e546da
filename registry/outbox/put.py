"""Put a message into the outbox: the row and the job that wakes the worker commit with the act (D6)."""

from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.messages.message import Message
from registry.outbox.models import OutboxMessage
from registry.outbox.queue import wake
from registry.sealing.columns import Sealer

CONTEXT = "outbox_message.sealed"


async def put(
    session: AsyncSession,
    act: Act,
    operation: str,
    message: Message,
    *,
    sealer: Sealer,
    key: UUID | None = None,
    not_before: datetime | None = None,
) -> UUID:
    """
    Store a message that must arrive and return its id, which is its idempotency key at the receiver.

    Nothing is sent from inside a request: the worker sends, again and again, until the receiver has taken it.
    """
    message_id = key or act.new_id()
    session.add(
        OutboxMessage(
            id=message_id,
            at=act.at,
            operation=operation,
            sealed=sealer.seal(msgspec.json.encode(message), CONTEXT),
            request_id=act.request_id,
            attempts=0,
            next_attempt_at=not_before or act.at,
        )
    )
    await session.flush()
    await wake(session, "outbox")
    return message_id
