"""
The desk at which every operation is answered: one transaction, one record, one answer.

A handler hands over the message and the step that does the work; the desk checks what the matrix says of key and
number, gives a doubled message the same answer again, and records refusals after everything else was rolled back.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.access.matrix import Line
from registry.act import Act
from registry.messages.message import Message
from registry.postgres.one_at_a_time import one_at_a_time
from registry.problems import ServiceError
from registry.trail.communication import log_incoming
from registry.trail.models import Receipt
from registry.trail.provide import turn_away

T = TypeVar("T", bound=Message)
Step = Callable[[AsyncSession, Act], Awaitable[T]]


def key_kind(message: Message) -> str:
    """Return the kind of key a message searches with: its own, or that of the key it holds."""
    key = getattr(message, "key", None)
    return key.KEY if isinstance(key, Message) else message.KEY


class Desk:
    """Answers one request of a caller whom the guard has let in."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], act: Act, line: Line) -> None:
        self._sessions = sessions
        self._line = line
        self.act = act

    async def answer(self, message: Message, answer: type[T], step: Step[T]) -> T:
        """
        Run the step in one transaction and return its answer after the commit.

        Raises ServiceError(key_not_allowed, number_not_allowed, key_reused) before the step, and whatever the step
        raises. A refusal changes nothing and is recorded (AUDIT-6).
        """
        act = self.act = replace(self.act, key_kind=key_kind(message))
        try:
            self._check(message, answer)
            async with self._sessions.begin() as session:
                return await self._once(session, act, message, answer, step)
        except ServiceError as refusal:
            await turn_away(self._sessions, self.act, refusal.code)
            raise
        except Exception:
            await turn_away(self._sessions, self.act, "internal_error")
            raise

    def _check(self, message: Message, answer: type[Message]) -> None:
        if self.act.key_kind not in self._line.keys:
            raise ServiceError("key_not_allowed")
        if not self._line.number and (message.CARRIES_NUMBER or answer.CARRIES_NUMBER):
            raise ServiceError("number_not_allowed")

    async def _once(self, session: AsyncSession, act: Act, message: Message, answer: type[T], step: Step[T]) -> T:
        if act.idempotency_key is None or answer.CARRIES_NUMBER:
            # No number may rest in a receipt: operations that answer with one recognise a repetition themselves.
            return await self._run(session, act, step)
        who = f"{act.caller}/{act.body or ''}"
        digest = hashlib.sha256(msgspec.json.encode(message)).digest()
        # The same message twice at once: the second waits, and hears what the first was answered.
        await one_at_a_time(session, hashlib.sha256(f"{who} {act.operation} {act.idempotency_key}".encode()).digest())
        seen = await session.get(Receipt, (who, act.operation, act.idempotency_key))
        if seen is not None:
            if seen.digest != digest:
                raise ServiceError("key_reused")
            await log_incoming(session, act, "done_before")
            return msgspec.json.decode(seen.answer, type=answer)
        result = await self._run(session, act, step)
        session.add(
            Receipt(
                caller=who,
                operation=act.operation,
                key=act.idempotency_key,
                digest=digest,
                answer=msgspec.json.encode(result),
                at=act.at,
            )
        )
        return result

    async def _run(self, session: AsyncSession, act: Act, step: Step[T]) -> T:
        result = await step(session, act)
        await log_incoming(session, act, "done")
        return result
