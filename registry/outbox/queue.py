"""
What wakes a worker (D6): procrastinate, in the schema `queue` of the context's own database.

Tables of the context hold the truth of what must still be done; a job only says "look now". So a lost job costs at
most one tick, and a job that runs twice finds nothing left.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from itertools import chain
from typing import Final, cast

import procrastinate
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from registry.outbox.pool import AskingPool, commit_at_once
from registry.postgres.at_commit import at_commit

Step = Callable[[datetime], Awaitable[int]]

GATHERED: Final = 0.2
"""Seconds at most between two runs of a step that is woken again and again: acts gather to be served together."""

log = logging.getLogger(__name__)

_enqueuer = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Never opened: it writes jobs on the connection of the caller's transaction."""

_AMONG_OTHERS: Final = 0.05  # seconds that one job waits for more, where there were more: each costs some statements

# Whoever commits while a job waits is seen by the runs that follow it: one look serves all who stand in the queue.
_SERVED = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'wake' FOR UPDATE SKIP LOCKED)
RETURNING args -> 'steps' AS steps
"""


async def wake(session: AsyncSession, step: str) -> None:
    """
    Enqueue "run this step" in the caller's transaction, as its last statement; once, however often it is asked for.

    A queueing lock would spare jobs, but it makes acts wait for each other's commit, and an act that finds a job
    waiting cannot know whether that job still runs after its own commit. So every act leaves a job that names its
    steps, and the worker throws away those that it has served along with another.
    """
    (await at_commit(session, _Wakes)).steps[step] = None


class _Wakes:
    """The steps that a transaction wakes."""

    def __init__(self) -> None:
        self.steps: dict[str, None] = {}

    def __call__(self, session: Session) -> None:
        # The jobs are inserted on the driver's connection, behind the session's back.
        driver = cast("AdaptedConnection", session.connection().connection.dbapi_connection)
        driver.run_async(self._enqueue)

    async def _enqueue(self, connection: object) -> None:
        await _enqueuer.configure_task("wake", connection=connection).defer_async(steps=list(self.steps))


class Worker:
    """
    Runs the steps of one context: each claims what is due at an instant and returns how much it did.

    Steps run one after the other within a worker; several workers may run beside each other, because every step
    claims its rows with SKIP LOCKED.
    """

    def __init__(self, steps: Mapping[str, Step], now: Callable[[], datetime]) -> None:
        self.steps = dict(steps)
        self._now = now
        self._locks = {name: asyncio.Lock() for name in self.steps}
        self._again: set[str] = set()
        self._rested: dict[str, float] = {}
        self._followed: set[str] = set()

    async def run_step(self, name: str, at: datetime | None = None) -> int:
        """Run one step until it finds nothing more; return how much was done. An unknown step does nothing."""
        done = 0
        if name in self.steps:
            async with self._locks[name]:
                while (count := await self._run(name, at)) or name in self._again:
                    done += count
        return done

    async def _run(self, name: str, at: datetime | None = None) -> int:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._again.discard(name)
        try:
            return await self.steps[name](at or self._now())
        finally:
            ended = loop.time()
            self._rested[name] = ended + min(ended - began, GATHERED)

    async def follow(self, name: str) -> None:
        """
        Follow a wake-up: run the step until it finds nothing more, or leave that to who follows another one already.

        The step rests between two runs as long as the last one took, `GATHERED` at most: a light load is served at
        once, and under a heavy one half of the time is left for acts to gather. A backlog does not wait for that,
        because each tick works off all there is. An unknown step does nothing.
        """
        self._again.add(name)
        if name in self._followed or name not in self.steps:
            return
        self._followed.add(name)
        try:
            with _told(name):
                while name in self._again:
                    await self._rest(name)
                    async with self._locks[name]:
                        if await self._run(name):
                            self._again.add(name)
        finally:
            self._followed.discard(name)

    async def _rest(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._rested.get(name, 0.0) - loop.time())

    async def drain(self, at: datetime | None = None) -> int:
        """Run all steps again and again until none finds anything; return how much was done."""
        done = 0
        while count := sum([await self.run_step(name, at) for name in self.steps]):
            done += count
        return done

    async def serve(self, url: str, *, tick: float = 1.0) -> None:
        """
        Run until cancelled: at once on a wake-up, and every `tick` seconds for what has become due by time.

        `url` is a libpq connection string of the context's app role, whose search path includes `queue`.
        """
        connector = procrastinate.PsycopgConnector(
            pool_factory=AskingPool, conninfo=url, min_size=1, max_size=2, configure=commit_at_once
        )
        app = procrastinate.App(connector=connector)
        async with app.open_async(), _tasks() as tasks:
            self._declare(app, tasks)
            serving = app.run_worker_async(
                concurrency=1,
                install_signal_handlers=False,
                delete_jobs="successful",
                fetch_job_polling_interval=5,
            )
            await asyncio.gather(serving, self.run_every(tick))

    def _declare(self, app: procrastinate.App, tasks: set[asyncio.Task[None]]) -> None:
        @app.task(name="wake")
        async def run(steps: list[str]) -> None:
            others = await app.connector.execute_query_all_async(_SERVED)
            for step in {*steps, *chain.from_iterable(other["steps"] for other in others)}:
                task = asyncio.create_task(self.follow(step))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.sleep(_AMONG_OTHERS if others else 0)

        @app.periodic(cron="* * * * *")
        @app.task(name="rescue", queueing_lock="rescue")
        async def rescue(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
            # Jobs of a worker that was killed stay "doing" for ever unless somebody retries them.
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
                await app.job_manager.retry_job(job)

    async def run_every(self, seconds: float) -> None:
        """Run all steps until cancelled, all there is to do every so many seconds; one that fails is written down."""
        while True:
            for name in self.steps:
                with _told(name):
                    await self.run_step(name)
            await asyncio.sleep(seconds)


@asynccontextmanager
async def _tasks() -> AsyncIterator[set[asyncio.Task[None]]]:
    """Hold tasks as long as they run, and end those that are left."""
    tasks: set[asyncio.Task[None]] = set()
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Write down that a step failed: what it left is done by its next run."""
    try:
        yield
    except Exception as exc:
        reason = str(exc.args[0]) if isinstance(exc, DBAPIError) else ""
        log.exception("step failed", extra={"step": name, "kind": type(exc).__name__, "reason": reason})
