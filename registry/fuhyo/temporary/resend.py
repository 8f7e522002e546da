"""A number provided on request waits for a repetition: the same answer to the same body, then it goes (FUHYO-8)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.errors import Code, RegistryError
from registry.fuhyo.temporary.models import TemporaryNumber
from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.juki import OverseasNumber
from registry.postgres.engine import Sessions
from registry.postgres.one_at_a_time import one_at_a_time
from registry.sealing.columns import Sealer

NUMBER_COLUMN = "temporary_number.individual_number"


@dataclass(frozen=True)
class TemporaryArea:
    """The database `fuhyo_tmp`, the sealer of its own data keys, and how long a copy is kept."""

    sessions: Sessions
    sealer: Callable[[], Awaitable[Sealer]]
    window: timedelta

    @asynccontextmanager
    async def request(self, act: Act, message: FuhyoInquiry) -> AsyncIterator["OpenRequest"]:
        """Give the one open request of a body; what it keeps is committed when the block ends, or not at all."""
        sealer = await self.sealer()
        name = sealer.index("request_of_body", f"{act.body}\0{message.request_id}")
        async with self.sessions.begin() as session:
            # The same request twice at once: the second waits, and is answered what the first has kept.
            await one_at_a_time(session, name)
            yield OpenRequest(session, sealer, act, message, self.window)


@dataclass(frozen=True)
class OpenRequest:
    """One request of one body: numbers get into the area and out of it through an open request only (FUHYO-7)."""

    session: AsyncSession
    sealer: Sealer
    act: Act
    message: FuhyoInquiry
    window: timedelta

    async def find(self) -> TemporaryNumber | None:
        """
        Return the copy made for this body and this request, or None where there is none that still counts.

        Raises RegistryError(request_id_reused) when the request id named another person, affair or user before.
        """
        copies = select(TemporaryNumber).where(
            TemporaryNumber.recipient == self.act.body,
            TemporaryNumber.request_id == self.message.request_id,
            TemporaryNumber.erase_after > self.act.at,  # what is due counts no more, even before the eraser has come
        )
        copy = await self.session.scalar(copies)
        if copy is not None and copy.request_digest != self._digest():
            raise RegistryError(Code.REQUEST_ID_REUSED)
        return copy

    def open(self, copy: TemporaryNumber, record_code: str) -> str:
        """Return the number of a copy; raises RegistryError(number_not_provided) for a copy about somebody else."""
        if copy.person != self._person(record_code):
            raise RegistryError(Code.NUMBER_NOT_PROVIDED, "The copy is about somebody else.")
        return self.sealer.open_text(copy.individual_number, NUMBER_COLUMN)

    def keep(self, answer: OverseasNumber, record_code: str, state_id: UUID) -> None:
        """
        Keep the number that juki gave for the person of this request.

        Raises RegistryError(number_not_provided) for an answer about another person or request (FUHYO-7).
        """
        if (answer.resident_record_code, answer.request_id) != (record_code, self.message.request_id):
            raise RegistryError(Code.NUMBER_NOT_PROVIDED, "The answer is about somebody else.")
        self.session.add(
            TemporaryNumber(
                id=self.act.new_id(),
                request_id=self.message.request_id,
                request_digest=self._digest(),
                recipient=self.act.body,
                affair=self.message.affair,
                person=self._person(record_code),
                state_id=state_id,
                individual_number=self.sealer.seal_text(answer.individual_number, NUMBER_COLUMN),
                created_at=self.act.at,
                erase_after=self.act.at + self.window,
            )
        )

    def _digest(self) -> bytes:
        return self.sealer.index("request", msgspec.json.encode(self.message))

    def _person(self, record_code: str) -> bytes:
        return self.sealer.index("person", record_code)
