"""The communication log: every call in and out, one by one (AUDIT-11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.act import Act, Chance, new_id
from registry.trail.models import CommunicationRecord


def incoming(act: Act, outcome: str) -> CommunicationRecord:
    """Return the row of a call that came in."""
    return CommunicationRecord(
        id=act.new_id(),
        at=act.at,
        direction="in",
        system=act.system,
        peer=act.caller,
        peer_body=act.body,
        operation=act.operation,
        outcome=outcome,
        request_id=act.request_id,
    )


class CommunicationLog:
    """Writes rows outside of any act: calls that go out, handshakes that failed."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], system: str, random: Chance) -> None:
        self._sessions = sessions
        self._system = system
        self._random = random

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
        row = CommunicationRecord(
            id=new_id(self._random),
            at=at,
            direction=direction,
            system=self._system,
            peer=peer,
            operation=operation,
            outcome=outcome,
            request_id=request_id,
        )
        async with self._sessions.begin() as session:
            session.add(row)
