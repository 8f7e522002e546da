"""The small service behind its guard."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.service import build_service
from tests.registry.access.small import Small, is_revoked
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY
from tests.support.peers import client_of


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


@pytest.fixture
def app(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> Litestar:
    """Return the small service."""
    gate = Gate("number", load_matrix(), sessions, clock, entropy, is_revoked)
    return build_service(gate=gate, title="Small", controllers=[Small], dependencies={})


@pytest.fixture
async def juki(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client with juki's certificate."""
    async with client_of(app, "juki") as client:
        yield client
