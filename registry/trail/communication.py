"""The communication log: every call in and out, one by one (AUDIT-11)."""

import asyncio
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.act import Act, Chance, new_id
from registry.postgres.rows import enter
from registry.trail.models import CommunicationRecord


async def log_incoming(session: AsyncSession, act: Act, outcome: str) -> None:
    """Record a call that came in, in the transaction of its act."""
    row: dict[str, object] = {
        "id": act.new_id(),
        "at": act.at,
        "direction": "in",
        "system": act.system,
        "peer": act.caller,
        "peer_body": act.body,
        "operation": act.operation,
        "outcome": outcome,
        "request_id": act.request_id,
    }
    await enter(session, CommunicationRecord, [row])


class _Batch:
    """Rows that are written together, and the task that writes them."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.written: asyncio.Task[None] | None = None


class CommunicationLog:
    """
    Writes rows outside of any act: calls that go out, handshakes that failed.

    Each is on the disk when the caller goes on. While one transaction commits, the rows of those who come meanwhile
    gather for the next: many calls at once cost few commits.
    """

    def __init__(self, sessions: async_sessionmaker[AsyncSession], system: str, random: Chance) -> None:
        self._sessions = sessions
        self._system = system
        self._random = random
        self._gathering: _Batch | None = None
        self._writing = asyncio.Lock()

    async def outgoing(self, operation: str, *, at: datetime, outcome: str, request_id: UUID) -> None:
        """Record a call to another system, after its answer or the lack of one."""
        await self._write("out", operation.split(".", maxsplit=1)[0], operation, at, outcome, request_id)

    async def failed_handshake(self, reason: str, *, at: datetime) -> None:
        """Record a TLS handshake that failed, e.g. with a certificate of a foreign CA (D7)."""
        await self._write("in", None, None, at, f"handshake_failed:{reason}"[:64], None)

    async def _write(
        self,
        direction: str,
        peer: str | None,
        operation: str | None,
        at: datetime,
        outcome: str,
        request_id: UUID | None,
    ) -> None:
        row: dict[str, object] = {
            "id": new_id(self._random),
            "at": at,
            "direction": direction,
            "system": self._system,
            "peer": peer,
            "operation": operation,
            "outcome": outcome,
            "request_id": request_id,
        }
        batch = self._gathering or self._begin()
        batch.rows.append(row)
        if batch.written is not None:
            await asyncio.shield(batch.written)  # who is cancelled takes nobody else's row along

    def _begin(self) -> _Batch:
        batch = self._gathering = _Batch()
        batch.written = asyncio.create_task(self._commit(batch))
        return batch

    async def _commit(self, batch: _Batch) -> None:
        async with self._writing:
            self._gathering = None
            async with self._sessions.begin() as session:
                await enter(session, CommunicationRecord, batch.rows)
