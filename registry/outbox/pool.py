"""The connections of the queue: each statement commits by itself, and nobody asks a server that has just answered."""

import math
import select
import time
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from psycopg_pool import AsyncConnectionPool

from registry.postgres.engine import IDLE

Connection = psycopg.AsyncConnection[Any]

_NOW: Final = 0


class AskingPool(AsyncConnectionPool[Connection]):
    """
    Asks a connection whether its server is still there when nobody used it for a moment, and replaces it if not.

    To ask before each use is a statement for each statement. A server that ends a connection says so: one on which
    something came in that nobody asked for is asked at once.
    """

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - what psycopg_pool takes
        """Make a pool as psycopg_pool would, but for when it asks."""
        self._returned: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        super().__init__(**arguments | {"check": self._ask, "reset": self._remember})

    async def _remember(self, connection: Connection) -> None:
        self._returned[connection] = time.monotonic()

    async def _ask(self, connection: Connection) -> None:
        idle_from = self._returned.get(connection, -math.inf) + IDLE
        if time.monotonic() >= idle_from or _said_something(connection):
            await self.check_connection(connection)


def _said_something(connection: Connection) -> bool:
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(_NOW))


async def commit_at_once(connection: Connection) -> None:
    """Let each statement commit by itself, without waiting for the disk: what becomes of a fetched job is no truth."""
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")
