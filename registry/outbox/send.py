"""Send what is due: claim with SKIP LOCKED, send with the idempotency key, back off, keep until acknowledged (D6)."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.act import Act
from registry.messages.message import Message
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.peer.call import Call, Refused, Unanswered
from registry.sealing.columns import Sealer

BATCH = 32
AT_ONCE = 16
LONGEST = timedelta(minutes=5)

_Due = Row[UUID, str, bytes, UUID, int]
_TABLE: Final[Any] = OutboxMessage.__table__
_AGAIN: Final = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("of"))
    .values(attempts=bindparam("attempt"), last_outcome=bindparam("outcome"), next_attempt_at=bindparam("next"))
)


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
        self._places = asyncio.Semaphore(AT_ONCE)

    async def send_due(self, at: datetime) -> int:
        """Try every message that is due, up to a batch, some of them at a time; return how many were acknowledged."""
        async with self._sessions.begin() as session:
            rows = (await session.execute(_due(at))).all()
            outcomes = await asyncio.gather(*[self._try(row, at) for row in rows])
            await _note(session, list(zip(rows, outcomes, strict=True)), at)
        return outcomes.count("done")

    async def _try(self, row: _Due, at: datetime) -> str:
        act = Act(row.operation, self._system, self._system, row.request_id, at, self._random)
        body = self._sealer.open(row.sealed, CONTEXT)
        try:
            async with self._places:
                await self._call(row.operation, body, Taken, act=act, idempotency_key=str(row.id))
        except Refused as exc:
            return exc.code
        except Unanswered:
            return "unanswered"
        return "done"


def _due(at: datetime) -> Select[UUID, str, bytes, UUID, int]:
    return (
        select(
            OutboxMessage.id,
            OutboxMessage.operation,
            OutboxMessage.sealed,
            OutboxMessage.request_id,
            OutboxMessage.attempts,
        )
        .where(OutboxMessage.acknowledged_at.is_(None), OutboxMessage.next_attempt_at <= at)
        .order_by(OutboxMessage.next_attempt_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )


async def _note(session: AsyncSession, tried: Sequence[tuple[_Due, str]], at: datetime) -> None:
    """Write what became of each: one statement for all that arrived, one for all that did not."""
    if arrived := [row.id for row, outcome in tried if outcome == "done"]:
        values: dict[str, Any] = {"acknowledged_at": at, "sealed": b"", "last_outcome": "done"}
        done = update(_TABLE).where(_TABLE.c.id.in_(arrived)).values(attempts=_TABLE.c.attempts + 1, **values)
        await session.execute(done)
    if failed := [
        {"of": row.id, "attempt": row.attempts + 1, "outcome": outcome, "next": at + pause(row.attempts + 1)}
        for row, outcome in tried
        if outcome != "done"
    ]:
        await session.execute(_AGAIN, failed)
