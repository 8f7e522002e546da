"""The fuhyo server in memory, with juki and the number system behind it, each on its own database."""

from collections.abc import AsyncIterator

import pytest

from registry.app import JUKI, NUMBER
from registry.fuhyo.store import DATABASE as FUHYO
from registry.fuhyo.temporary.store import DATABASE as FUHYO_TMP
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.registry.fuhyo.annex import Annex
from tests.registry.juki.town import Town
from tests.support.clock import FrozenClock
from tests.support.database import Stores, store_session
from tests.support.entropy import SeededBytes
from tests.support.stores import open_store


@pytest.fixture
def database() -> Database:
    """The fuhyo store."""
    return FUHYO


@pytest.fixture
async def town(stores: Stores, clock: FrozenClock) -> AsyncIterator[Town]:
    """The real juki server with the number system behind it."""
    async with store_session(stores, NUMBER) as numbers, store_session(stores, JUKI) as jukis:
        number = await open_store("number", numbers, clock=clock, entropy=SeededBytes("number"))
        others = {"number": number.app}
        yield Town(await open_store("juki", jukis, clock=clock, entropy=SeededBytes("juki"), others=others))


@pytest.fixture
async def annex(
    stores: Stores, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes, town: Town
) -> AsyncIterator[Annex]:
    """A fuhyo server with its temporary area, whose only neighbour is juki."""
    others = {"juki": town.juki.app}
    async with store_session(stores, FUHYO_TMP) as area:
        fuhyo = await open_store("fuhyo", sessions, clock=clock, entropy=entropy, others=others, temporary=area)
        yield Annex(fuhyo, town)
