"""The processes of the stores: who is told of the temporary area, and the eraser that empties it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from registry.app import DATABASES
from tegata.compose.clock import now
from tegata.compose.ground import Settings
from tegata.compose.store import TEMPORARY, run_store_sweep
from tegata.databases import StoreUrls
from tegata.house import DATABASES as ALL
from tegata.house import LISTENERS, House
from tests.support.database import FreshDatabases

INSERT = """
INSERT INTO temporary_number VALUES (%(id)s, %(id)s, 'd', 'agency-1', 'tax', 'p', %(id)s, 'sealed', %(at)s, %(ends)s)
"""


@pytest.mark.requirement("FUHYO-6")
def test_who_is_told_of_the_temporary_area(tmp_path: Path) -> None:
    """The listener of fuhyo as its service, the eraser of the area as that, and no other process."""
    urls = {
        each.name: StoreUrls(*(f"{each.name}:{role}" for role in ("owner", "app", "sweep", "check"))) for each in ALL
    }
    house = House(tmp_path, dict.fromkeys(LISTENERS, 1), urls)
    told = {each.name: each.settings["database_urls"] for each in house.services()}

    assert told["fuhyo"] == {"fuhyo": "fuhyo:app", TEMPORARY: f"{TEMPORARY}:app"}
    assert told[f"{TEMPORARY}-sweep"] == {TEMPORARY: f"{TEMPORARY}:sweep"}
    assert [name for name, given in told.items() if TEMPORARY in str(given)] == ["fuhyo", f"{TEMPORARY}-sweep"]


@pytest.mark.requirement("RETAIN-10")
async def test_the_area_is_emptied_by_itself(fresh_databases: FreshDatabases, tmp_path: Path) -> None:
    """The eraser needs no setting: a number whose end has come is gone, one whose end has not come is there."""
    urls = fresh_databases([DATABASES[TEMPORARY]])[TEMPORARY]
    past, ahead = UUID(int=1), UUID(int=2)
    with psycopg.connect(urls.app) as service:
        for row, ends in ((past, now()), (ahead, now() + timedelta(days=1))):
            service.execute(INSERT, {"id": row, "at": now(), "ends": ends})
    settings = Settings(state=tmp_path, database_urls={TEMPORARY: urls.sweep}, options={"sweep_every": "0.01"})
    running = asyncio.create_task(run_store_sweep(settings, TEMPORARY))
    left = await asyncio.wait_for(_until_one_is_left(urls.app), timeout=10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert left == [(ahead,)]


async def _until_one_is_left(url: str) -> list[tuple[UUID]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        while True:
            rows = await (await connection.execute("SELECT id FROM temporary_number")).fetchall()
            if len(rows) < 2:
                return rows
            await asyncio.sleep(0.05)
