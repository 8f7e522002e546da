"""A small service with operations of several systems, as if one had them all."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.access.desk import Desk
from registry.act import Act
from registry.messages.card import NoQuery, PrintResult, StateCounts
from registry.messages.juki import UserInformationQuery
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeRecordCode, Generate, NumberToBe
from registry.peer.crl import StaleList
from registry.postgres.engine import Sessions
from registry.problems import ServiceError
from registry.trail.models import CommunicationRecord, ProvisionRecord
from registry.trail.provide import provide

RECORD_CODE = "10000000010"
REQUEST = UUID(int=7)
REVOKED_SERIAL = 4711


async def generate(session: AsyncSession, act: Act, message: Generate) -> NumberToBe:
    """Provide a number, with its record."""
    await provide(session, act, subject=b"s" * 32, reason="act-8-2", fields=["individual_number"], number=True)
    return NumberToBe(
        request_id=message.request_id,
        resident_record_code=message.resident_record_code,
        individual_number="123456789018",
    )


async def refuse_always(session: AsyncSession, act: Act, message: ChangeRecordCode) -> Acknowledged:
    """Write something, then refuse."""
    await provide(session, act, subject=b"s" * 32, reason="x", fields=[], number=False)
    raise ServiceError("not_found", "There is no such code.")


async def acknowledge(session: AsyncSession, act: Act, message: PrintResult) -> Acknowledged:
    """Note the message, and say a fresh word each time."""
    await provide(session, act, subject=b"s" * 32, reason="printed", fields=[], number=False)
    return Acknowledged(reference=act.new_id())


async def crash_always(session: AsyncSession, act: Act, message: NoQuery) -> StateCounts:
    """Write something, then fall over."""
    await provide(session, act, subject=b"s" * 32, reason="x", fields=[], number=False)
    raise RuntimeError("secret words")


class Small(Controller):
    """Operations of several systems, as if one had them all."""

    path = ""

    @post("/number/generate", operation="number.generate", status_code=200)
    async def generate(self, data: JSONBody[Generate], desk: NamedDependency[Desk]) -> NumberToBe:
        """Answer at the desk."""
        return await desk.answer(data, NumberToBe, partial(with_message, generate, data))

    @post("/number/change_record_code", operation="number.change_record_code", status_code=200)
    async def change(self, data: JSONBody[ChangeRecordCode], desk: NamedDependency[Desk]) -> Acknowledged:
        """Answer at the desk."""
        return await desk.answer(data, Acknowledged, partial(with_message, refuse_always, data))

    @post("/card/counts", operation="card.counts", status_code=200)
    async def counts(self, data: JSONBody[NoQuery], desk: NamedDependency[Desk]) -> StateCounts:
        """Answer at the desk."""
        return await desk.answer(data, StateCounts, partial(with_message, crash_always, data))

    @post("/card/print_result", operation="card.print_result", status_code=200)
    async def printed(self, data: JSONBody[PrintResult], desk: NamedDependency[Desk]) -> Acknowledged:
        """Answer at the desk."""
        return await desk.answer(data, Acknowledged, partial(with_message, acknowledge, data))

    @post("/juki/user_information", operation="juki.user_information", status_code=200)
    async def too_much(self, data: JSONBody[UserInformationQuery], desk: NamedDependency[Desk]) -> NumberToBe:
        """Answer at the desk."""
        return await desk.answer(data, NumberToBe, partial(with_message, generate, data))


async def with_message(step: Any, message: Any, session: AsyncSession, act: Act) -> Any:
    """Hand a message to a step."""
    return await step(session, act, message)


def is_revoked(serial: int, at: datetime) -> bool:
    """Answer for the revocation list."""
    if serial == 1:
        raise StaleList
    return serial == REVOKED_SERIAL


def body(**more: Any) -> bytes:
    """Return a request to generate."""
    return msgspec.json.encode({"request_id": str(REQUEST), "resident_record_code": RECORD_CODE} | more)


async def trail(sessions: Sessions) -> list[ProvisionRecord]:
    """Return the provision records."""
    async with sessions() as session:
        return list(await session.scalars(select(ProvisionRecord)))


async def communications(sessions: Sessions) -> list[tuple[str | None, str | None, str]]:
    """Return peer, operation and outcome of each communication."""
    async with sessions() as session:
        rows = await session.scalars(select(CommunicationRecord))
        return [(row.peer, row.operation, row.outcome) for row in rows]


def body_of_query() -> bytes:
    """Return a question without a key."""
    return msgspec.json.encode({"request_id": str(REQUEST)})
