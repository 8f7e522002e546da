"""The number system in memory."""

import pytest

from registry.app import NUMBER
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.stores import OpenStore, open_store


@pytest.fixture
def database() -> Database:
    """The number store."""
    return NUMBER


@pytest.fixture
async def number(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> OpenStore:
    """The number system behind its guard."""
    return await open_store("number", sessions, clock=clock, entropy=entropy)
