import re
from datetime import date
from typing import Any

import msgspec
import pytest

from registry.card.counts import count_states
from registry.messages.card import CountQuery, StateCounts
from tests.registry.card.world import World


async def counted(world: World, **period: Any) -> dict[str, int]:
    """Count as an operator."""
    act = world.act("counts", "operator", operator="op-1", terminal="t-1")
    async with world.sessions.begin() as session:
        return (await count_states(session, act, CountQuery(request_id=world.next_id(), **period))).counts


@pytest.mark.requirement("OPS-1", "OPS-5")
async def test_states_are_counted(world: World) -> None:
    """Destination and application records are counted per state, within a period of legal days."""
    await world.ordered()
    await world.apply(world.application(await world.register()))

    counts = await counted(world)
    # Every name is that of a table and one of its states: nothing of a person is in it (OPS-5).
    assert {name.split(".")[0] for name in counts} == {"destination", "application", "card"}
    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in counts)
    assert (counts["destination.registered"], counts["application.ordered"], counts["application.received"]) == (
        2,
        1,
        1,
    )
    assert await counted(world, since=date(2026, 4, 10), until=date(2026, 4, 10)) == counts
    for period in ({"since": date(2026, 4, 11)}, {"until": date(2026, 4, 9)}):
        assert await counted(world, **period) == {"card.issued": 0, "card.valid": 0}


@pytest.mark.requirement("OPS-2")
async def test_cards_are_counted(world: World) -> None:
    """Issued are the cards handed over, valid those in use whose end has not come."""
    first, _ = await world.in_use(), await world.made()
    assert await counted(world) == {**await counted(world), "card.issued": 1, "card.valid": 1}

    assert (await counted(world, since=date(2026, 4, 10), until=date(2026, 4, 10)))["card.issued"] == 1
    assert (await counted(world, since=date(2026, 4, 11)))["card.issued"] == 0
    assert (await counted(world, until=date(2026, 4, 9)))["card.issued"] == 0
    await world.counter(first, "suspend", reason="lost")
    assert await counted(world) == {**await counted(world), "card.issued": 1, "card.valid": 0}
    await world.counter(first, "lift_suspension")
    world.clock.advance(days=4000)
    assert (await counted(world))["card.valid"] == 0


@pytest.mark.requirement("OPS-1", "OPS-5")
def test_no_breakdown_by_person(world: World) -> None:
    """The query knows a period and nothing of persons; the answer is counts."""
    assert set(CountQuery.__struct_fields__) == {"request_id", "since", "until"}
    assert set(StateCounts.__struct_fields__) == {"counts"}
    for more in ({"sex": "2"}, {"municipality_code": "131016"}, {"age": 30}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"request_id": str(world.next_id()), **more}, CountQuery)
