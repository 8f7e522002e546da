"""Temporary numbers go by themselves, leave evidence without a value, and are in nothing that is kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select

from registry.app import ERASED
from registry.fuhyo.temporary.models import TemporaryNumber
from registry.fuhyo.temporary.retention import RESEND_DAYS, resend_window
from registry.fuhyo.temporary.store import DATABASE
from registry.postgres.engine import Sessions
from registry.retention.models import ErasureRecord
from registry.retention.sweep import sweep
from tegata.databases import StoreUrls
from tests.support.clock import START, FrozenClock
from tests.support.database import FreshDatabases, Stores, opened
from tests.support.entropy import SeededBytes

LONG, SHORT = UUID(int=1), UUID(int=2)


def row(number: UUID, days: int) -> TemporaryNumber:
    """A copy that is kept so many days."""
    return TemporaryNumber(
        id=number,
        request_id=number,
        request_digest=b"d" * 32,
        recipient="agency-1",
        affair="tax",
        person=b"p" * 32,
        state_id=number,
        individual_number=b"sealed",
        created_at=START,
        erase_after=START + timedelta(days=days),
    )


@pytest.fixture
def urls(fresh_databases: FreshDatabases) -> StoreUrls:
    """A temporary area of its own."""
    return fresh_databases([DATABASE])["fuhyo_tmp"]


@pytest.fixture
async def sessions(urls: StoreUrls) -> AsyncIterator[Sessions]:
    """The service, which has kept one number for three days and one for five."""
    async with opened(urls.app) as made:
        async with made.begin() as session:
            session.add_all([row(SHORT, 3), row(LONG, 5)])
        yield made


async def kept(sessions: Sessions) -> list[UUID]:
    """Return which copies are there."""
    async with sessions() as session:
        return list(await session.scalars(select(TemporaryNumber.id)))


@pytest.mark.requirement("RETAIN-10", "FUHYO-8", "RETAIN-20")
async def test_it_goes_at_its_end(
    sessions: Sessions, urls: StoreUrls, clock: FrozenClock, entropy: SeededBytes
) -> None:
    """Not an instant before its end, and by then without anybody's doing; the history names the row and no value."""
    rules = ERASED["fuhyo_tmp"]
    async with opened(urls.sweep) as eraser:
        clock.advance(days=3, seconds=-1)
        assert await sweep(eraser, rules, at=clock(), random=entropy) == 0
        clock.advance(seconds=1)
        assert await sweep(eraser, rules, at=clock(), random=entropy) == 1

    assert await kept(sessions) == [LONG]
    async with sessions() as session:
        (record,) = (await session.scalars(select(ErasureRecord))).all()
    said = (record.rule, record.ground, record.tables, record.counts, record.erased, record.at)
    assert said == ("temporary_number", "resend_days", ["temporary_number"], [1], [SHORT], clock())


@pytest.mark.requirement("FUHYO-6", "RETAIN-10")
@pytest.mark.parametrize(
    ("role", "refused"),
    [
        ("app", "DELETE FROM temporary_number"),
        ("app", "UPDATE temporary_number SET erase_after = erase_after + interval '1 day'"),
        ("sweep", "SELECT individual_number FROM temporary_number"),
        ("sweep", "SELECT person FROM temporary_number"),
        ("sweep", "UPDATE temporary_number SET erase_after = now()"),
        ("check", "SELECT individual_number FROM temporary_number"),
        ("check", "DELETE FROM temporary_number"),
    ],
)
def test_who_may_do_what(stores: Stores, role: str, refused: LiteralString) -> None:
    """The service neither prolongs nor removes a copy; the eraser and the reader see no number and no person."""
    with psycopg.connect(getattr(stores.urls(DATABASE), role)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(refused)


@pytest.mark.requirement("RETAIN-10")
def test_in_no_backup(stores: Stores) -> None:
    """The numbers are outside of PostgreSQL's log: base backups, archives and standbys have no row of them."""
    with psycopg.connect(stores.urls(DATABASE).check) as connection:
        kinds = connection.execute(
            "SELECT relname, relpersistence FROM pg_class WHERE relname IN ('temporary_number', 'erasure_record')"
        ).fetchall()
    assert dict(kinds) == {"temporary_number": "u", "erasure_record": "p"}


@pytest.mark.requirement("RETAIN-10")
@pytest.mark.parametrize("days", [0, -1, 365, 366])
def test_a_window_that_is_none(days: int) -> None:
    """A window of a year or more, or of less than a day, is refused."""
    with pytest.raises(ValueError, match="less than a year"):
        resend_window(days)


@pytest.mark.requirement("RETAIN-10")
def test_the_default_is_days() -> None:
    """Unless it is set, the window is days and not months; the longest stays below a year."""
    assert timedelta(days=1) <= resend_window(RESEND_DAYS) < timedelta(days=28)
    assert resend_window(364) == timedelta(days=364)
