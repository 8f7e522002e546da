"""Connections that a pool keeps, and servers that went away meanwhile."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from registry.postgres import engine
from registry.postgres.engine import Sessions
from tegata.databases import StoreUrls, plain_url
from tests.support.database import FreshDatabases, opened
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def urls(fresh_databases: FreshDatabases) -> StoreUrls:
    """A database of its own."""
    return fresh_databases([MECHANICS_ONLY])["mechanics"]


@pytest.fixture
async def sessions(urls: StoreUrls) -> AsyncIterator[Sessions]:
    """Sessions on one pooled connection."""
    async with opened(urls.app, pool_size=1) as made:
        yield made


async def backend(sessions: Sessions) -> int:
    """The server process behind the pooled connection."""
    async with sessions() as session:
        return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)


async def end_backend(sessions: Sessions, urls: StoreUrls) -> int:
    """End that process behind the pool's back; return which it was."""
    ended = await backend(sessions)
    with psycopg.connect(plain_url(urls.app), autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    return ended


async def test_an_idle_connection_is_asked_first(
    sessions: Sessions, urls: StoreUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that went away while nobody asked it anything is noticed before anybody relies on it."""
    monkeypatch.setattr(engine, "IDLE", 0.0)
    ended = await end_backend(sessions, urls)
    assert await backend(sessions) != ended


async def test_a_busy_connection_is_not_asked(sessions: Sessions, urls: StoreUrls) -> None:
    """One that served a moment ago is used as it is: whoever is there when its server goes fails, and nobody after."""
    ended = await end_backend(sessions, urls)
    with pytest.raises(OperationalError):
        await backend(sessions)
    assert await backend(sessions) != ended
