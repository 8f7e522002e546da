"""A municipality and its prefecture, as the juki server hears them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from registry.act import new_id
from registry.juki.models import IdentityRecord
from registry.messages.codes import record_code_check_digit
from registry.messages.juki import IdentityUpdate, UpdateResult
from registry.messages.number import Generate, NumberToBe
from registry.messages.person import Items
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.peer.call import Refused
from registry.trail.models import ProvisionRecord
from tests.support.stores import OpenStore

CHIYODA, KIYOSE, YAMAKITA = "131016", "132217", "143642"
BORN = date(1990, 5, 6)


def record_code(n: int) -> str:
    """Return the n-th record code of the tests."""
    body = f"{n:010d}"
    return body + record_code_check_digit(body)


ONE, TWO, THREE = record_code(1), record_code(2), record_code(3)


def items(**changes: Any) -> Items:
    """Return the items of a resident, with changes."""
    values: dict[str, Any] = {
        "name_kanji": "山田 花子",
        "name_kana": "ヤマダ ハナコ",
        "birth_date": BORN,
        "sex": "2",
        "address": "東京都千代田区霞が関2丁目1番2号",
        "address_municipality_code": CHIYODA,
    }
    return Items(**values | changes)


async def refused_with(code: str, awaitable: Any) -> None:
    """Check that a call is answered by a problem with this code."""
    with pytest.raises(Refused) as caught:
        await awaitable
    assert caught.value.code == code


@dataclass
class Town:
    """Says what a test wants said, and looks into the store afterwards."""

    juki: OpenStore
    said: dict[str, int] = field(default_factory=dict)

    def update(self, code: str = ONE, reason: str = "birth", **changes: Any) -> IdentityUpdate:
        """Return the next update about a person; `changes` are fields of the message."""
        self.said[code] = self.said.get(code, 0) + 1
        values: dict[str, Any] = {
            "update_id": new_id(self.juki.entropy),
            "update_sequence_number": self.said[code],
            "resident_record_code": code,
            "individual_number": None,
            "reason": reason,
            "change_date": date(2026, 4, 1),
            "items": items(),
        }
        return IdentityUpdate(**values | changes)

    async def send(
        self, message: IdentityUpdate, *, system: str = "prefectural-server", body: str = "13"
    ) -> UpdateResult:
        """Send an update as a prefecture."""
        return await self.juki.ask(system, body, "juki.update", message, UpdateResult)

    async def say(self, code: str = ONE, reason: str = "birth", **changes: Any) -> UpdateResult:
        """Make the next update about a person and send it from Tokyo."""
        return await self.send(self.update(code, reason, **changes))

    async def ask_number(self, code: str = ONE, *, request: int = 1, body: str = CHIYODA, **named: Any) -> str:
        """Ask for a number as a municipality and return it."""
        message = Generate(request_id=UUID(int=request), resident_record_code=code)
        answer = await self.juki.ask("municipal-cs", body, "juki.request_number", message, NumberToBe, **named)
        return answer.individual_number

    async def settle(self, code: str = ONE, *, request: int = 1, **changes: Any) -> str:
        """Enter a person without a number, have one generated, enter it by the same route; return it (D8)."""
        person = items(**changes)
        await self.say(code, "birth", items=person)
        number = await self.ask_number(code, request=request)
        await self.say(code, "number_entry_ex_officio", items=person, individual_number=number)
        return number

    async def versions(self) -> Sequence[IdentityRecord]:
        """Return every version in the file, in the order of its updates."""
        async with self.juki.parts.sessions() as session:
            return (await session.scalars(select(IdentityRecord).order_by(IdentityRecord.update_sequence_number))).all()

    async def trail(self, **conditions: Any) -> Sequence[ProvisionRecord]:
        """Return provision and refusal records that match."""
        async with self.juki.parts.sessions() as session:
            return (await session.scalars(select(ProvisionRecord).filter_by(**conditions))).all()

    async def outbox(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what waits to go out: operation and content."""
        async with self.juki.parts.sessions() as session:
            rows = (await session.scalars(select(OutboxMessage))).all()
        return [(row.operation, msgspec.json.decode(self.juki.sealer.open(row.sealed, CONTEXT))) for row in rows]
