"""People with cards and records: given once per session, and copied with their whole house for every test.

A house that is copied is stopped: its processes have ended, what they know lies in databases and folders. Beside those
are kept the clock, how much chance was drawn, and who makes phones.
"""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tegata.demo.issue import buy_phone, issue_all
from tegata.demo.people import choose_holders, give_cards, register_one
from tegata.demo.stage import Holder, Stage
from tegata.house import DATABASES
from tests.support.clock import FrozenClock
from tests.support.database import Stores, clones
from tests.support.entropy import SeededBytes
from tests.support.network import stage_of
from tests.support.services import LINKED, Joined, Past, joined
from wallet_sim.residents import residents

RESIDENTS = 28  # among them every awkward birthday, and an adult whose stay ends within the month
PHONES = "phones"


@dataclass(frozen=True)
class Wanted:
    """How many people hold a card, and whether records lie on their phones."""

    count: int
    records: bool


@dataclass(frozen=True, repr=False)
class Kept:
    """A stopped house: the ending of its databases' names, its folder, its people, its clock and its chance."""

    suffix: str
    folder: Path
    holders: list[Holder]
    past: Past
    at: datetime
    drawn: int


async def with_cards(stage: Stage, count: int) -> list[Holder]:
    """Register people and give them cards: a birthday in days, a stay that ends, then others."""
    chosen = choose_holders(stage, residents(stage.seed, RESIDENTS, at=stage.at()), count)
    numbers = {resident.label: await register_one(stage, resident) for resident in chosen}
    stage.holders = await give_cards(stage, chosen, numbers, lambda _: None)
    return stage.holders


@dataclass
class Houses:
    """The stopped houses of this session; each is made when a test first wants it."""

    stores: Stores
    folder: Path
    _kept: dict[Wanted, Kept] = field(default_factory=dict)

    async def kept(self, wanted: Wanted) -> Kept:
        """Return the stopped house with these people."""
        if wanted not in self._kept:
            self._kept[wanted] = await self._make(wanted)
        return self._kept[wanted]

    async def _make(self, wanted: Wanted) -> Kept:
        suffix = f"{self.folder.name}_{len(self._kept)}"
        folder = self.folder / suffix
        folder.mkdir()
        urls = {database.name: self.stores.clone(database, suffix) for database in DATABASES}
        async with joined(lambda _: urls, FrozenClock(), SeededBytes(), folder) as house:
            holders = await with_cards(stage_of(house), wanted.count)
            if wanted.records:
                await issue_all(stage_of(house), holders, folder / PHONES, lambda _: None)
            past = Past(house.maker, house.begun, house.chips)
            return Kept(suffix, folder, holders, past, house.clock(), house.entropy.drawn)

    @asynccontextmanager
    async def copied(
        self, wanted: Wanted, clock: FrozenClock, entropy: SeededBytes, folder: Path
    ) -> AsyncIterator[tuple[Joined, list[Holder]]]:
        """Start a copy of the stopped house where it was stopped; its people hold what they held."""
        kept = await self.kept(wanted)
        for path in kept.folder.iterdir():
            if path.is_dir() and path.name not in LINKED:
                shutil.copytree(path, folder / path.name)
            elif path.is_file():
                shutil.copy2(path, folder)
        clock.at, entropy.drawn = kept.at, kept.drawn
        with clones(self.stores, of=kept.suffix) as databases:
            async with joined(databases, clock, entropy, folder, past=kept.past) as house:
                yield house, self._people(stage_of(house), kept, folder)

    @staticmethod
    def _people(stage: Stage, kept: Kept, folder: Path) -> list[Holder]:
        holders = [replace(holder, vault=None) for holder in kept.holders]
        if (folder / PHONES).exists():
            for holder in holders:
                buy_phone(stage, holder, folder / PHONES)
        return holders

    def forget(self) -> None:
        """Remove the databases of the stopped houses."""
        for kept in self._kept.values():
            for database in DATABASES:
                self.stores.drop(database, kept.suffix)


@contextmanager
def houses_of(stores: Stores, folder: Path) -> Iterator[Houses]:
    """Keep stopped houses until the end of the session."""
    houses = Houses(stores, folder)
    try:
        yield houses
    finally:
        houses.forget()
