"""
What wakes a worker (D6): procrastinate, in the schema `queue` of the context's own database.

Tables of the context hold the truth of what must still be done; a job only says "look now". So a lost job costs at
most one tick, and a job that runs twice finds nothing left.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

Step = Callable[[datetime], Awaitable[int]]
log = logging.getLogger(__name__)

_SAVEPOINT, _BACK, _RELEASE = text("SAVEPOINT wake"), text("ROLLBACK TO SAVEPOINT wake"), text("RELEASE SAVEPOINT wake")

_enqueuer = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Never opened: it writes jobs on the connection of the caller's transaction."""


async def wake(session: AsyncSession, step: str) -> None:
    """
    Enqueue "run this step" in the caller's transaction; one waiting job per step is enough.

    The savepoint keeps the caller's transaction alive when such a job already waits. It is written out because the
    job is inserted on the driver's connection, behind the session's back.
    """
    await session.flush()
    await session.execute(_SAVEPOINT)
    raw = await (await session.connection()).get_raw_connection()
    task = _enqueuer.configure_task("wake", queueing_lock=step, connection=raw.driver_connection)
    try:
        await task.defer_async(step=step)
    except AlreadyEnqueued:
        await session.execute(_BACK)
    await session.execute(_RELEASE)


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

    async def run_step(self, name: str, at: datetime | None = None) -> int:
        """Run one step until it finds nothing more; return how much was done. An unknown step does nothing."""
        step = self.steps.get(name)
        if step is None:
            return 0
        done = 0
        async with self._locks[name]:
            while count := await step(at or self._now()):
                done += count
        return done

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
        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=2))
        self._declare(app)
        async with app.open_async():
            await asyncio.gather(
                app.run_worker_async(
                    concurrency=2, install_signal_handlers=False, delete_jobs="successful", fetch_job_polling_interval=5
                ),
                self._tick(tick),
            )

    def _declare(self, app: procrastinate.App) -> None:
        @app.task(name="wake")
        async def run(step: str) -> None:
            await self._safely(step)

        @app.periodic(cron="* * * * *")
        @app.task(name="rescue", queueing_lock="rescue")
        async def rescue(timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
            # Jobs of a worker that was killed stay "doing" for ever unless somebody retries them.
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=30):
                await app.job_manager.retry_job(job)

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
