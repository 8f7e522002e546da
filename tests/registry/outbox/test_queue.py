"""How a worker follows its wake-ups: at once, for all who stand in the queue, and with rests under load."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import psycopg
import pytest
from sqlalchemy import text

from registry.outbox.queue import GATHERED, Step, Worker, wake
from registry.postgres.engine import Sessions
from tegata.databases import StoreUrls, plain_url
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases, opened
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def urls(fresh_databases: FreshDatabases) -> StoreUrls:
    """A database of its own."""
    return fresh_databases([MECHANICS_ONLY])["mechanics"]


@asynccontextmanager
async def serving(worker: Worker, urls: StoreUrls) -> AsyncIterator[asyncio.Task[None]]:
    """Let a worker serve, whose tick does nothing after its beginning."""
    task = asyncio.create_task(worker.serve(urls.app, tick=60))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Steps:
    """A step that takes some time and finds nothing, and when its runs began and ended."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.began: list[float] = []
        self.ended: list[float] = []

    async def __call__(self, at: datetime) -> int:
        """Run once."""
        del at
        now = asyncio.get_running_loop().time
        self.began.append(now())
        await asyncio.sleep(self.seconds)
        self.ended.append(now())
        return 0


async def test_a_wake_up_during_a_run_is_followed_by_another_run(clock: FrozenClock) -> None:
    """What commits while a step runs may be missed by that run: the step goes round once more, and nobody waits."""
    began, go, runs = asyncio.Event(), asyncio.Event(), []

    async def step(_at: object) -> int:
        runs.append(1)
        began.set()
        await go.wait()
        return 0

    worker = Worker({"step": step}, clock)
    running = asyncio.create_task(worker.follow("step"))
    await began.wait()
    for _ in range(3):
        await asyncio.wait_for(worker.follow("step"), 1)
    go.set()
    await running
    await worker.follow("unknown")
    assert len(runs) == 2


async def test_a_step_that_finds_something_goes_round_again(clock: FrozenClock) -> None:
    """More may be due than one run takes: a wake-up is followed until nothing is left."""
    left = [2]

    async def step(_at: object) -> int:
        left[0] -= 1
        return left[0]

    await Worker({"step": step}, clock).follow("step")
    assert left == [0]


async def test_a_step_rests_as_long_as_it_took(clock: FrozenClock) -> None:
    """Between two runs of a step half of the time is left for acts to gather."""
    step = Steps(0.1)
    worker = Worker({"step": step}, clock)
    for _ in range(2):
        await worker.follow("step")
    assert step.began[1] - step.ended[0] >= 0.099


async def test_a_step_that_takes_long_does_not_rest_longer_than_acts_may_gather(clock: FrozenClock) -> None:
    """The rest is bounded, however long a run took."""
    step = Steps(GATHERED * 2)
    worker = Worker({"step": step}, clock)
    for _ in range(2):
        await worker.follow("step")
    assert GATHERED * 0.99 <= step.began[1] - step.ended[0] < GATHERED * 1.9


async def test_a_step_that_takes_no_time_is_run_at_once(clock: FrozenClock) -> None:
    """Under a light load nobody waits for others: many runs follow each other in less than a bounded rest."""
    step = Steps()
    worker = Worker({"step": step}, clock)
    for _ in range(10):
        await worker.follow("step")
    assert step.began[-1] - step.began[0] < GATHERED


async def test_a_wake_up_after_a_failure_is_followed(clock: FrozenClock) -> None:
    """A step that failed stands in nobody's way afterwards."""
    runs: list[int] = []

    async def step(_at: object) -> int:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError
        return 0

    worker = Worker({"step": step}, clock)
    for _ in range(2):
        await worker.follow("step")
    assert len(runs) == 2


async def test_one_run_serves_all_who_waited(urls: StoreUrls, clock: FrozenClock) -> None:
    """Jobs that gathered while no worker ran are gone after a look or two; a job of another step is not lost."""
    runs = {"one": 0, "two": 0}

    def counted(name: str) -> Step:
        async def step(_at: object) -> int:
            runs[name] += 1
            return 0

        return step

    async with opened(urls.app, pool_size=1) as sessions:
        for step in ["one"] * 9 + ["two"]:
            async with sessions.begin() as session:
                await wake(session, step)
        async with serving(Worker({name: counted(name) for name in runs}, clock), urls), asyncio.timeout(10):
            await until_served(sessions)
    assert runs == {"one": 2, "two": 2}  # the tick of the beginning, and one for all


async def until_served(sessions: Sessions) -> None:
    """Wait until no wake-up stands in the queue."""
    waiting, left = text("SELECT count(*) FROM queue.procrastinate_jobs WHERE task_name = 'wake'"), 1
    while left:
        async with sessions() as session:
            left = int(await session.scalar(waiting) or 0)
        await asyncio.sleep(0.05)


async def test_wake_ups_that_follow_closely_come_together(urls: StoreUrls, clock: FrozenClock) -> None:
    """Acts that commit one after the other are served by few runs, and none of them is left out of the last."""
    last, committed, seen = asyncio.Event(), [0], list[int]()

    async def step(_at: object) -> int:
        seen.append(committed[0])
        await asyncio.sleep(0.05)
        if committed[0] == 20:
            last.set()
        return 0

    async with opened(urls.app, pool_size=1) as sessions, serving(Worker({"step": step}, clock), urls):
        for number in range(1, 21):
            async with sessions.begin() as session:
                await wake(session, "step")
            committed[0] = number
            await asyncio.sleep(0.01)
        await asyncio.wait_for(last.wait(), 10)
    assert len(seen) < 15


async def test_the_queue_survives_a_server_that_ends_its_connections(urls: StoreUrls, clock: FrozenClock) -> None:
    """All connections of a worker are lost under it, used a moment ago: wake-ups are followed again, and it serves."""
    ran = asyncio.Event()

    async def step(_at: object) -> int:
        ran.set()
        return 0

    async def woken() -> None:
        ran.clear()
        async with asyncio.timeout(10):
            while not ran.is_set():  # a word is lost while nobody listens: each tick makes up for that
                async with opened(urls.app, pool_size=1) as sessions, sessions.begin() as session:
                    await wake(session, "step")
                await asyncio.sleep(0.1)

    async with serving(Worker({"step": step}, clock), urls) as task:
        await woken()
        end_backends(urls)
        await woken()
        assert not task.done()


def end_backends(urls: StoreUrls) -> None:
    """End every connection to the database but one's own."""
    with psycopg.connect(plain_url(urls.app), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
