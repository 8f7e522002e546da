"""
What wakes a worker (D6): procrastinate, in the schema `queue` of the context's own database.

Tables of the context hold the truth of what must still be done; a job only says "look now". So a lost job costs at
most one tick, and a job that runs twice finds nothing left.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, cast

import procrastinate
import psycopg
from procrastinate.types import JSONDict
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from registry.postgres.at_commit import at_commit

Step = Callable[[datetime], Awaitable[int]]

GATHERED: Final = 0.1
"""Seconds between two runs of a step that is woken again and again: the acts of that time are served together."""

log = logging.getLogger(__name__)

_enqueuer = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Never opened: it writes jobs on the connection of the caller's transaction."""

_AT_ONCE: Final = 4  # jobs: two that wait for others to gather leave room for two of other steps

# Whoever commits while a job waits is seen by its run: one look serves all who were waiting.
_SERVED = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'wake' AND args ->> 'step' = %(step)s
    FOR UPDATE SKIP LOCKED)
"""


async def wake(session: AsyncSession, step: str) -> None:
    """
    Enqueue "run this step" in the caller's transaction, as its last statement; once, however often it is asked for.

    A queueing lock would spare jobs, but it makes acts wait for each other's commit, and an act that finds a job
    waiting cannot know whether that job still runs after its own commit. So every act leaves a job, and the worker
    throws away those that its run has served.
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
        deferrer = _enqueuer.configure_task("wake", connection=connection)
        jobs: list[JSONDict] = [{"step": step} for step in self.steps]
        await deferrer.batch_defer_async(*jobs)


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
        self._followed: dict[str, float] = {}
        self._gathering: set[str] = set()

    async def run_step(self, name: str, at: datetime | None = None) -> int:
        """Run one step until it finds nothing more; return how much was done. An unknown step does nothing."""
        step = self.steps.get(name)
        if step is None:
            return 0
        done, found = 0, True
        async with self._locks[name]:
            while found:
                self._again.discard(name)
                count = await step(at or self._now())
                done += count
                found = bool(count) or name in self._again
        return done

    async def look(self, name: str) -> None:
        """Follow a wake-up: run the step, or let the run that is under way go round once more."""
        if name in self._locks and self._locks[name].locked():
            self._again.add(name)
        else:
            await self._safely(name)

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
        connector = procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=2, configure=_without_waiting)
        app = procrastinate.App(connector=connector)
        self._declare(app)
        async with app.open_async():
            await asyncio.gather(
                app.run_worker_async(
                    concurrency=_AT_ONCE,
                    install_signal_handlers=False,
                    delete_jobs="successful",
                    fetch_job_polling_interval=5,
                ),
                self._tick(tick),
            )

    def _declare(self, app: procrastinate.App) -> None:
        @app.task(name="wake")
        async def run(step: str) -> None:
            if await self._gather(step):
                await app.connector.execute_query_async(_SERVED, step=step)
                await self.look(step)

        @app.periodic(cron="* * * * *")
        @app.task(name="rescue", queueing_lock="rescue")
        async def rescue(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
            # Jobs of a worker that was killed stay "doing" for ever unless somebody retries them.
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
                await app.job_manager.retry_job(job)

    async def _gather(self, name: str) -> bool:
        """Wait for more wake-ups where the last run was a moment ago; False when somebody waits already, for all."""
        if name in self._gathering:
            return False
        self._gathering.add(name)
        loop = asyncio.get_running_loop()
        try:
            await asyncio.sleep(self._followed.get(name, 0.0) + GATHERED - loop.time())
        finally:
            self._gathering.discard(name)
        self._followed[name] = loop.time()
        return True

    async def _tick(self, seconds: float) -> None:
        while True:
            for name in self.steps:
                await self._safely(name)
            await asyncio.sleep(seconds)

    async def _safely(self, name: str) -> None:
        try:
            await self.run_step(name)
        except Exception as exc:
            reason = str(exc.args[0]) if isinstance(exc, DBAPIError) else ""
            log.exception("step failed", extra={"step": name, "kind": type(exc).__name__, "reason": reason})


async def _without_waiting(connection: psycopg.AsyncConnection[Any]) -> None:
    """Let the queue's own commits not wait for the disk: what becomes of a job that was fetched is no truth."""
    before = connection.autocommit  # the connection that listens commits each statement, those of the pool do not
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")
    await connection.set_autocommit(before)
