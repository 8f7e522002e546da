"""Erasure in small batches, each with its evidence."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import Table, text
from sqlalchemy.pool import NullPool

from registry.postgres.database import Database
from registry.postgres.engine import Sessions, open_engine
from registry.retention.models import ErasureRecord
from registry.retention.rule import Rule
from registry.retention.sweep import sweep, sweep_once
from registry.trail.models import CommunicationRecord
from tegata.databases import StoreUrls
from tests.registry.postgres.shop.models import PACKAGE, Row
from tests.support.database import FreshDatabases, opened
from tests.support.entropy import SeededBytes

STORE = Database("kiosk", (Row.metadata,), PACKAGE, queue=True, mechanics=True)
START = datetime(2026, 4, 10, 1, tzinfo=UTC)
KEPT = timedelta(days=10)
CALLS = cast("Table", CommunicationRecord.__table__)


def rule(*, keyed: bool = True) -> Rule:
    """Calls are kept ten days."""
    key = CALLS.c.id if keyed else None
    return Rule("calls", "ten days", CALLS, lambda at: CALLS.c.at < at - KEPT, CALLS.c.at, key)


@pytest.fixture
def urls(fresh_databases: FreshDatabases) -> StoreUrls:
    """A database of its own."""
    return fresh_databases([STORE])["kiosk"]


@pytest.fixture
async def sessions(urls: StoreUrls) -> AsyncIterator[Sessions]:
    """The service, which has recorded five calls on five days."""
    async with opened(urls.app) as made:
        async with made.begin() as session:
            session.add_all(_call(number) for number in range(5))
        yield made


def _call(number: int) -> CommunicationRecord:
    at = START + timedelta(days=number)
    return CommunicationRecord(id=UUID(int=number), at=at, direction="in", system="kiosk", outcome="done")


@pytest.fixture
async def eraser(urls: StoreUrls, sessions: Sessions) -> AsyncIterator[Sessions]:
    """The sweep role."""
    async with opened(urls.sweep) as made:
        yield made


async def rows(sessions: Sessions, what: str, table: str) -> list[Any]:
    """One column of a table, in order."""
    async with sessions() as session:
        return list(await session.scalars(text(f"SELECT {what} FROM {table} ORDER BY 1")))  # noqa: S608 - our names


@pytest.mark.requirement("RETAIN-7", "RETAIN-20")
@pytest.mark.parametrize("keyed", [True, False])
async def test_oldest_first_in_small_batches(
    sessions: Sessions, eraser: Sessions, entropy: SeededBytes, *, keyed: bool
) -> None:
    """Three of five are due: two batches, two pieces of evidence with counts and ids, and no value of what went."""
    at, two = START + KEPT + timedelta(days=2, seconds=1), replace(rule(keyed=keyed), batch=2)
    assert await sweep(eraser, [two], at=at, random=entropy) == 3

    assert await rows(sessions, "id", "communication_record") == [UUID(int=3), UUID(int=4)]
    assert await rows(sessions, "counts", "erasure_record") == [[1], [2]]
    erased = [each for batch in await rows(sessions, "erased", "erasure_record") for each in batch]
    assert sorted(erased) == ([UUID(int=number) for number in range(3)] if keyed else [])
    assert await rows(sessions, "at", "erasure_record") == [at, at]
    columns = {column.name for column in ErasureRecord.__table__.columns}
    assert columns == {"id", "at", "rule", "ground", "tables", "counts", "erased", "checkpoint", "written"}


async def test_what_is_due_a_moment_later_stays(sessions: Sessions, eraser: Sessions, entropy: SeededBytes) -> None:
    """At the very end of the period a row is still kept, and nothing is written down."""
    assert await sweep(eraser, [rule()], at=START + KEPT, random=entropy) == 0
    assert len(await rows(sessions, "id", "communication_record")) == 5
    assert await rows(sessions, "id", "erasure_record") == []


@pytest.mark.requirement("RETAIN-7")
async def test_without_evidence_nothing_is_erased(
    sessions: Sessions, eraser: Sessions, entropy: SeededBytes, urls: StoreUrls
) -> None:
    """PostgreSQL takes no evidence: the erasure is rolled back with it."""
    engine = open_engine(urls.owner, poolclass=NullPool)
    async with engine.begin() as owner:
        await owner.execute(text("ALTER TABLE erasure_record ADD CHECK (rule <> 'calls')"))
    await engine.dispose()
    with pytest.raises(Exception, match="erasure_record"):
        await sweep(eraser, [rule()], at=START + 2 * KEPT, random=entropy)
    assert len(await rows(sessions, "id", "communication_record")) == 5


async def test_one_sweep_at_a_time(sessions: Sessions, eraser: Sessions, entropy: SeededBytes) -> None:
    """While one is at it, another finds nothing to do."""
    at = START + 2 * KEPT
    async with eraser.begin() as first:
        await first.execute(text("SELECT pg_advisory_xact_lock(20)"))
        assert await sweep_once(eraser, rule(), at=at, random=entropy) == 0
    assert await sweep_once(eraser, rule(), at=at, random=entropy) == 5
