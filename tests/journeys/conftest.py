"""
All systems joined in memory, and people who hold cards and records.

A test says what it begins with: `@pytest.mark.people(2)` for two people with records on their phones,
`@pytest.mark.people(1, records=False)` for one with a card alone; unmarked it begins with an empty house.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.trail.models import ProvisionRecord
from tegata.demo.stage import Holder, Stage
from tests.journeys.people import Houses, Wanted, houses_of
from tests.support.clock import FrozenClock
from tests.support.database import Stores, clones
from tests.support.entropy import SeededBytes
from tests.support.network import stage_of
from tests.support.services import Joined, joined


@pytest.fixture(scope="session")
def houses(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    """The stopped houses of this session."""
    with houses_of(stores, tmp_path_factory.mktemp("houses")) as made:
        yield made


@pytest.fixture
async def inhabited(
    request: pytest.FixtureRequest, houses: Houses, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> AsyncIterator[tuple[Joined, list[Holder]]]:
    """Every system on databases of its own, and the people of the test's mark."""
    mark = request.node.get_closest_marker("people")
    if mark is None:
        with clones(houses.stores) as databases:
            async with joined(databases, clock, entropy, tmp_path) as made:
                yield made, []
        return
    wanted = Wanted(mark.args[0], mark.kwargs.get("records", True))
    async with houses.copied(wanted, clock, entropy, tmp_path) as made_before:
        yield made_before


@pytest.fixture
def house(inhabited: tuple[Joined, list[Holder]]) -> Joined:
    """Every system, on databases of its own."""
    return inhabited[0]


@pytest.fixture
def stage(house: Joined) -> Stage:
    """The demo's stage on those systems."""
    return stage_of(house)


@pytest.fixture
def holders(inhabited: tuple[Joined, list[Holder]], stage: Stage) -> list[Holder]:
    """The people of the test's mark."""
    stage.holders = inhabited[1]
    return stage.holders


async def refusals(house: Joined, system: str) -> dict[str, int]:
    """Return how often each code was refused by a system."""
    async with house.sessions[system]() as session:
        found = await session.execute(
            select(ProvisionRecord.refusal, func.count())
            .where(ProvisionRecord.outcome == "refused")
            .group_by(ProvisionRecord.refusal)
        )
        return {str(code): int(count) for code, count in found}
