"""A store of its own for each test: what is chained has to be committed."""

from collections.abc import AsyncIterator

import pytest

from tests.registry.trail.book import Book, opened_book
from tests.support.database import FreshDatabases
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
async def book(fresh_databases: FreshDatabases) -> AsyncIterator[Book]:
    """The store."""
    async with opened_book(fresh_databases([MECHANICS_ONLY])[MECHANICS_ONLY.name]) as made:
        yield made
