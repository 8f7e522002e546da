"""Put messages into the outbox: the rows and the job that wakes the worker commit with the act (D6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.messages.message import Message
from registry.outbox.models import OutboxMessage
from registry.outbox.queue import wake
from registry.postgres.rows import enter
from registry.sealing.columns import Sealer

CONTEXT = "outbox_message.sealed"


@dataclass(frozen=True)
class Letter:
    """A message that must arrive; `message_id` is its idempotency key at the receiver."""

    act: Act
    operation: str
    message: Message = field(repr=False)
    message_id: UUID


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
    await put_all(session, [Letter(act, operation, message, message_id)], sealer=sealer, not_before=not_before)
    return message_id


async def put_all(
    session: AsyncSession, letters: Sequence[Letter], *, sealer: Sealer, not_before: datetime | None = None
) -> None:
    """Store many messages with one statement, and wake the worker once."""
    rows = [
        {
            "id": one.message_id,
            "at": one.act.at,
            "operation": one.operation,
            "sealed": sealer.seal(msgspec.json.encode(one.message), CONTEXT),
            "request_id": one.act.request_id,
            "attempts": 0,
            "next_attempt_at": not_before or one.act.at,
        }
        for one in letters
    ]
    await enter(session, OutboxMessage, rows)
    await wake(session, "outbox")
