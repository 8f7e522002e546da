"""The life of a juki record against a plain model: a dictionary and the drawing of the states."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.pool import NullPool

from registry.app import JUKI
from registry.juki.models import IdentityRecord
from registry.messages.juki import Reason
from registry.messages.person import Items
from registry.peer.call import Refused
from registry.postgres.engine import open_engine, open_sessions
from tests.registry.juki.test_reasons import DRAWN
from tests.registry.juki.town import ONE, TWO, Town, items
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.stores import open_store

REASONS = [reason for reason in get_args(Reason) if not reason.startswith(("number", "record_code"))]
ADDRESS = {"address"}
MAY = {
    "move_in": ADDRESS,
    "move_within": ADDRESS,
    "minor_correction": ADDRESS | {"name_kanji"},
    "correction_ex_officio": ADDRESS | {"name_kanji"},
    "move_in_from_abroad": ADDRESS | {"name_kanji"},
    "entry_ex_officio": ADDRESS | {"name_kanji"},
}
MUST = {"move_within", "minor_correction", "correction_ex_officio"}


@dataclass
class Model:
    """What the file should hold of one person."""

    state: str = "U"
    name: str = ""
    address: str = ""
    versions: int = 0

    def accepts(self, reason: str, person: Items) -> bool:
        """Tell whether an update should be applied, and apply it to the model."""
        before, after = DRAWN[reason]
        changed = {
            name
            for name, old, new in (
                ("name_kanji", self.name, person.name_kanji),
                ("address", self.address, person.address),
            )
            if old != new
        }
        known = self.state != "U"
        if self.state not in before or (known and changed - MAY.get(reason, set())):
            return False
        if known and reason in MUST and not changed:
            return False
        self.state, self.name, self.address = after, person.name_kanji, person.address
        self.versions += 1
        return True


def draw(chance: SeededBytes, choices: list[Any]) -> Any:
    """Return one of the choices."""
    return choices[int.from_bytes(chance(4)) % len(choices)]


@pytest.mark.requirement("JUKI-9", "JUKI-10", "JUKI-5")
@pytest.mark.parametrize("seed", range(4))
async def test_the_file_does_what_the_model_does(town: Town, seed: int) -> None:
    """Forty random updates: each is applied or refused as the model says, and the latest version equals the model."""
    chance, model = SeededBytes(f"life {seed}"), Model()
    for _ in range(40):
        reason = draw(chance, REASONS)
        same = items(name_kanji=model.name or "甲", address=model.address or "住所1")
        other = items(name_kanji=draw(chance, ["甲", "乙"]), address=draw(chance, ["住所1", "住所2"]))
        person = draw(chance, [same, same, other])
        try:
            await town.say(reason=reason, items=person)
            applied = True
        except Refused:
            applied = False
        assert applied == model.accepts(reason, person), reason
    rows = await town.versions()
    assert len(rows) == model.versions
    latest = [row for row in rows if row.superseded_at is None]
    assert len(latest) == bool(rows)
    for row in latest:
        assert (row.state[0].upper(), row.name_kanji, row.address) == (model.state, model.name, model.address)


async def test_two_births_at_once_make_one_record(fresh_databases: FreshDatabases, clock: FrozenClock) -> None:
    """Two updates that begin the same record on two connections: one is applied, the other refused."""
    engine = open_engine(fresh_databases([JUKI])["juki"].app, poolclass=NullPool)
    town = Town(await open_store("juki", open_sessions(engine), clock=clock, entropy=SeededBytes()))
    messages = [town.update(), town.update(reason="move_in_from_abroad")]
    answers = await asyncio.gather(*(town.send(message) for message in messages), return_exceptions=True)
    # two persons that swap codes in opposite order wait for each other in the same order: nobody deadlocks
    swaps = [
        msgspec.structs.replace(
            town.update(code, "record_code_change_request", former_record_code=former), change_date=date(2026, 4, 2)
        )
        for code, former in ((ONE, TWO), (TWO, ONE))
    ]
    swapped = await asyncio.gather(*(town.send(message) for message in swaps), return_exceptions=True)
    async with town.juki.parts.sessions() as session:
        count = await session.scalar(select(func.count()).select_from(IdentityRecord))
    await engine.dispose()
    assert sorted(type(answer).__name__ for answer in answers) == ["Refused", "UpdateResult"]
    assert all(isinstance(answer, Refused) or type(answer).__name__ == "UpdateResult" for answer in swapped)
    assert count == 1 + sum(not isinstance(answer, BaseException) for answer in swapped)
