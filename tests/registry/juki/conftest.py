"""The juki server in memory, with the number system behind it, each on its own database."""

from collections.abc import AsyncIterator

import pytest

from registry.app import JUKI, NUMBER
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.registry.juki.town import Town
from tests.support.clock import FrozenClock
from tests.support.database import Stores, store_session
from tests.support.entropy import SeededBytes
from tests.support.stores import OpenStore, open_store


@pytest.fixture
def database() -> Database:
    """The juki store."""
    return JUKI


@pytest.fixture
async def number(stores: Stores, clock: FrozenClock) -> AsyncIterator[OpenStore]:
    """The number system, the real one."""
    async with store_session(stores, NUMBER) as sessions:
        yield await open_store("number", sessions, clock=clock, entropy=SeededBytes("number"))


@pytest.fixture
async def juki(sessions: Sessions, number: OpenStore, clock: FrozenClock, entropy: SeededBytes) -> OpenStore:
    """The juki server, whose only neighbour here is the number system."""
    return await open_store("juki", sessions, clock=clock, entropy=entropy, others={"number": number.app})


@pytest.fixture
def town(juki: OpenStore) -> Town:
    """Residents of Chiyoda and what its municipality and prefecture say about them."""
    return Town(juki)
