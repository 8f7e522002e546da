"""A family register annex, as the fuhyo server hears of it from the fuhyo prefectural server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import msgspec
from sqlalchemy import select

from registry.act import new_id
from registry.app import sealing
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.temporary.models import TemporaryNumber
from registry.fuhyo.temporary.resend import TemporaryArea
from registry.fuhyo.temporary.retention import RESEND_DAYS, resend_window
from registry.messages.fuhyo import FuhyoInquiry, FuhyoProvided, FuhyoUpdate, FuhyoUpdateResult
from registry.messages.message import ByFourItems, ByRecordCode, Message
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.trail.models import ProvisionRecord
from tests.registry.juki.town import CHIYODA, ONE, Town, items
from tests.support.stores import OpenStore

ABROAD = items(address="国外転出者（カナダ）")
FOUR = ByFourItems(name=ABROAD.name_kanji, address=ABROAD.address, birth_date=ABROAD.birth_date, sex=ABROAD.sex)
SERVER = "fuhyo-prefectural-server"
T = TypeVar("T", bound=Message)


@dataclass
class Annex:
    """Says what a test wants said, and looks into the store afterwards."""

    fuhyo: OpenStore
    town: Town

    def update(self, **changes: Any) -> FuhyoUpdate:
        """Return an update: a person who has left Japan, with changes."""
        values: dict[str, Any] = {
            "update_id": new_id(self.fuhyo.entropy),
            "resident_record_code": ONE,
            "change_date": date(2026, 4, 1),
            "items": ABROAD,
            "status": "overseas",
            "managing_municipality_code": CHIYODA,
            "last_address": items().address,
        }
        return FuhyoUpdate(**values | changes)

    async def send(self, message: FuhyoUpdate | bytes, *, system: str = SERVER) -> FuhyoUpdateResult:
        """Send an update as the fuhyo prefectural server."""
        body = "13" if system == SERVER else None
        return await self.fuhyo.ask(system, body, "fuhyo.update", message, FuhyoUpdateResult)

    async def say(self, **changes: Any) -> FuhyoUpdateResult:
        """Make an update and send it."""
        return await self.send(self.update(**changes))

    async def inquire(self, **changes: Any) -> FuhyoProvided:
        """Inquire as a body, by record code and for the tax affair, with changes."""
        values: dict[str, Any] = {
            "request_id": new_id(self.fuhyo.entropy),
            "affair": "tax",
            "end_user": "user-5",
            "key": ByRecordCode(resident_record_code=ONE),
        }
        message = FuhyoInquiry(**values | changes)
        body = "inquiring-body", "agency-1"
        return await self.fuhyo.ask(
            *body, "fuhyo.inquire", message, FuhyoProvided, end_user="user-5", operator="clerk-1"
        )

    async def settle_abroad(self) -> str:
        """Let a resident with a number leave Japan; return the number."""
        number = await self.town.settle()
        await self.town.say(reason="move_abroad", items=items(), individual_number=number)
        await self.say()
        return number

    @property
    def area(self) -> TemporaryArea:
        """The temporary area, as the root of the fuhyo store opens it."""
        parts = self.fuhyo.parts
        assert parts.temporary is not None
        return TemporaryArea(parts.temporary, sealing(parts.temporary, parts), resend_window(RESEND_DAYS))

    async def copies(self) -> Sequence[TemporaryNumber]:
        """Return what waits in the temporary area, oldest first."""
        async with self.area.sessions() as session:
            return (await session.scalars(select(TemporaryNumber).order_by(TemporaryNumber.created_at))).all()

    async def fetched(self) -> int:
        """Return how often juki has handed over a number."""
        return len(await self.town.trail(operation="juki.overseas_number", outcome="provided"))

    async def states(self) -> Sequence[FuhyoRecord]:
        """Return every state in the file, oldest first."""
        async with self.fuhyo.parts.sessions() as session:
            order = FuhyoRecord.change_date, FuhyoRecord.superseded_at.asc().nulls_last()
            return (await session.scalars(select(FuhyoRecord).order_by(*order))).all()

    async def trail(self, **conditions: Any) -> Sequence[ProvisionRecord]:
        """Return provision and refusal records that match."""
        async with self.fuhyo.parts.sessions() as session:
            return (await session.scalars(select(ProvisionRecord).filter_by(**conditions))).all()

    async def outbox(self, kind: type[T]) -> list[tuple[str, T]]:
        """Return what waits to go out: operation and message."""
        async with self.fuhyo.parts.sessions() as session:
            rows = (await session.scalars(select(OutboxMessage))).all()
        sealer = self.fuhyo.sealer
        return [(row.operation, msgspec.json.decode(sealer.open(row.sealed, CONTEXT), type=kind)) for row in rows]
