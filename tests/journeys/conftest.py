"""All systems joined in memory, and people who hold cards and records."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from registry.trail.models import ProvisionRecord
from tegata.demo.issue import issue_all
from tegata.demo.people import choose_holders, give_cards, register_one
from tegata.demo.stage import Holder, Stage
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.network import stage_of
from tests.support.services import Joined, joined
from wallet_sim.residents import residents

RESIDENTS = 28  # among them every awkward birthday, and an adult whose stay ends within the month
Issue = Callable[[int], Awaitable[list[Holder]]]


@pytest.fixture
async def house(
    fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> AsyncIterator[Joined]:
    """Every system, on databases of its own."""
    async with joined(fresh_databases, clock, entropy, tmp_path) as made:
        yield made


@pytest.fixture
def stage(house: Joined) -> Stage:
    """The demo's stage on those systems."""
    return stage_of(house)


@pytest.fixture
def card_holders(stage: Stage) -> Issue:
    """A function that registers people and gives them cards: a birthday in days, a stay that ends, then others."""

    async def give(count: int) -> list[Holder]:
        chosen = choose_holders(stage, residents(stage.seed, RESIDENTS, at=stage.at()), count)
        numbers = {resident.label: await register_one(stage, resident) for resident in chosen}
        stage.holders = await give_cards(stage, chosen, numbers, lambda _: None)
        return stage.holders

    return give


@pytest.fixture
def holders(stage: Stage, card_holders: Issue, tmp_path: Path) -> Issue:
    """A function that issues records to holders of cards."""

    async def issue(count: int) -> list[Holder]:
        await issue_all(stage, await card_holders(count), tmp_path / "phones", lambda _: None)
        return stage.holders

    return issue


async def refusals(house: Joined, system: str) -> dict[str, int]:
    """Return how often each code was refused by a system."""
    async with house.sessions[system]() as session:
        found = await session.execute(
            select(ProvisionRecord.refusal, func.count())
            .where(ProvisionRecord.outcome == "refused")
            .group_by(ProvisionRecord.refusal)
        )
        return {str(code): int(count) for code, count in found}
