"""Connections of the queue: asked when that is due, replaced when their server went away."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest

from registry.outbox import pool
from registry.outbox.pool import AskingPool, commit_at_once
from tegata.databases import plain_url
from tests.support.database import FreshDatabases
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def url(fresh_databases: FreshDatabases) -> str:
    """A database of its own."""
    return plain_url(fresh_databases([MECHANICS_ONLY])["mechanics"].app)


@pytest.fixture
async def asking(url: str) -> AsyncIterator[AskingPool]:
    """A pool of one connection, opened as procrastinate does."""
    arguments = {"check": AskingPool.check_connection, "configure": commit_at_once, "open": False}
    async with AskingPool(conninfo=url, min_size=1, max_size=1, **arguments) as made:
        yield made


async def backend(asking: AskingPool) -> int:
    """The server process behind the connection."""
    async with asking.connection() as connection:
        return connection.info.backend_pid


def end(url: str, process: int) -> None:
    """End that process, as a server that stops does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", [process])


async def test_a_connection_that_the_server_ended_is_replaced(asking: AskingPool, url: str) -> None:
    """The server says that it goes: a connection used a moment ago is not handed out once more."""
    ended = await backend(asking)
    end(url, ended)
    assert await backend(asking) != ended


async def test_a_connection_that_nobody_used_is_asked(
    asking: AskingPool, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while a server is asked, and also one is noticed that went away without a word."""
    ended = await backend(asking)
    end(url, ended)
    monkeypatch.setattr(pool, "_said_something", lambda _: False)
    assert await backend(asking) == ended  # whoever comes a moment later relies on it
    monkeypatch.setattr(pool, "IDLE", 0.0)
    assert await backend(asking) != ended


async def test_a_busy_connection_is_not_asked(asking: AskingPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that served a moment ago is used as it is: a statement costs no other one."""
    asked: list[int] = []

    async def ask(connection: psycopg.AsyncConnection[object]) -> None:
        asked.append(connection.info.backend_pid)

    await backend(asking)
    monkeypatch.setattr(AskingPool, "check_connection", staticmethod(ask))
    await backend(asking)
    assert not asked
    monkeypatch.setattr(pool, "IDLE", 0.0)
    await backend(asking)
    assert len(asked) == 1


async def test_each_statement_commits_by_itself(asking: AskingPool) -> None:
    """The queue waits neither for a commit nor for the disk; nothing stays open behind a statement."""
    async with asking.connection() as connection:
        row = await (await connection.execute("SHOW synchronous_commit")).fetchone()
        assert row == ("off",)
        assert connection.autocommit
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        await asyncio.sleep(0)
