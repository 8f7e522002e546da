"""Send what is due: claim with SKIP LOCKED, send with the idempotency key, back off, keep until acknowledged (D6)."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.act import Act
from registry.messages.message import Message
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.peer.call import Call, Refused, Unanswered
from registry.sealing.columns import Sealer

BATCH = 8
LONGEST = timedelta(minutes=5)


class Taken(Message, frozen=True, forbid_unknown_fields=False):
    """Whatever the receiver answers when it has taken a message: its content is not ours to keep."""


def pause(attempts: int) -> timedelta:
    """Return how long to wait after the n-th failed attempt: 0.5 s doubling up to five minutes."""
    return min(timedelta(seconds=0.5 * 2 ** min(attempts, 12)), LONGEST)


class Sender:
    """Sends the outbox of one context; safe to run in several workers at once."""

    def __init__(
        self,
        system: str,
        sessions: async_sessionmaker[AsyncSession],
        call: Call,
        sealer: Sealer,
        random: Callable[[int], bytes],
    ) -> None:
        self._system = system
        self._sessions = sessions
        self._call = call
        self._sealer = sealer
        self._random = random

    async def send_due(self, at: datetime) -> int:
        """Try every message that is due, up to a batch; return how many were acknowledged."""
        async with self._sessions.begin() as session:
            rows = list((await session.scalars(_due(at))).all())
            outcomes = await asyncio.gather(*(self._try(row, at) for row in rows))
            for row, outcome in zip(rows, outcomes, strict=True):
                _note(row, outcome, at)
        return outcomes.count("done")

    async def _try(self, row: OutboxMessage, at: datetime) -> str:
        act = Act(row.operation, self._system, self._system, row.request_id, at, self._random)
        body = self._sealer.open(row.sealed, CONTEXT)
        try:
            await self._call(row.operation, body, Taken, act=act, idempotency_key=str(row.id))
        except Refused as exc:
            return exc.code
        except Unanswered:
            return "unanswered"
        return "done"


def _due(at: datetime) -> Select[OutboxMessage]:
    return (
        select(OutboxMessage)
        .where(OutboxMessage.acknowledged_at.is_(None), OutboxMessage.next_attempt_at <= at)
        .order_by(OutboxMessage.next_attempt_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )


def _note(row: OutboxMessage, outcome: str, at: datetime) -> None:
    row.attempts += 1
    row.last_outcome = outcome
    if outcome == "done":
        row.acknowledged_at, row.sealed = at, b""
    else:
        row.next_attempt_at = at + pause(row.attempts)
