"""
Engines that outlive a test: what one test's statements were compiled to, the next need not compile again.

Each test has a database of its own, so an engine is told at every log-in where it is borrowed for; its connections are
closed when it is given back.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from registry.postgres.engine import driver_url, open_engine


class Lent:
    """One engine, and the URL at which it logs in now."""

    def __init__(self, url: str, pool_size: int) -> None:
        self.url = url
        self.engine = open_engine(url, pool_size=pool_size)
        event.listen(self.engine.sync_engine, "do_connect", self._there)

    def _there(self, dialect: Dialect, _record: object, _positional: object, named: dict[str, Any]) -> None:
        named.update(dialect.create_connect_args(driver_url(self.url))[1])


_IDLE: dict[tuple[str | None, int], list[Lent]] = defaultdict(list)
"""By role, which names the store, and by size."""


@asynccontextmanager
async def borrowed(url: str, pool_size: int) -> AsyncIterator[AsyncEngine]:
    """An engine that logs in at `url` and that nobody else uses meanwhile."""
    idle = _IDLE[make_url(url).username, pool_size]
    lent = idle.pop() if idle else Lent(url, pool_size)
    lent.url = url
    try:
        yield lent.engine
    finally:
        await lent.engine.dispose()
        idle.append(lent)
