"""A card store for every test of this folder."""

import pytest

from registry.card.store import DATABASE
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.registry.card.world import World
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes


@pytest.fixture
def database() -> Database:
    """The store under test."""
    return DATABASE


@pytest.fixture
def world(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> World:
    """The store and what surrounds it."""
    return World(sessions, clock, entropy)
