"""Engines and sessions: psycopg 3, asynchronous, one pool per process and store."""

import time
from typing import Final

import psycopg
from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, Pool

Sessions = async_sessionmaker[AsyncSession]

IDLE: Final = 1.0
"""Seconds after which a connection that nobody used is asked whether its server is still there."""

_RETURNED: Final = "returned"
_OUR_OWN_MISTAKES = "42"  # SQLSTATE class: syntax, missing names, missing rights; its messages quote no value


def driver_url(url: str) -> URL:
    """A PostgreSQL URL of any spelling, with psycopg 3 as its driver. Raises ArgumentError when it is no URL."""
    return make_url(url).set(drivername="postgresql+psycopg")


def open_engine(url: str, *, pool_size: int = 5, poolclass: type[Pool] | None = None) -> AsyncEngine:
    """The engine of one process for one store.

    url: `postgresql://role:password@host:port/database`. The pool never overflows, because overflow connections are
    closed on return, which halves the throughput. `poolclass` is for tests, whose loops live as long as one test.
    """
    pool = {"poolclass": poolclass} if poolclass else {"pool_size": pool_size, "max_overflow": 0}
    engine = create_async_engine(driver_url(url), hide_parameters=True, **pool)
    if poolclass is None:
        _ask_after_idling(engine.sync_engine)
    keep_values_out_of_errors(engine.sync_engine)
    return engine


def open_sessions(engine: AsyncEngine) -> Sessions:
    """Sessions of that engine; rows stay readable after the commit, so that nothing is loaded behind the caller."""
    return async_sessionmaker(engine, expire_on_commit=False)


def _ask_after_idling(engine: Engine) -> None:
    """
    Ask a connection that nobody used for a moment whether its server is still there, and open all anew if not.

    To ask before each use, as pools can, is a round trip for each transaction, and finds out hardly more.
    """

    def returned(_: object, record: ConnectionPoolEntry) -> None:
        record.info[_RETURNED] = time.monotonic()

    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        at = record.info.get(_RETURNED)
        if at is None or time.monotonic() < at + IDLE:
            return  # new, or in use a moment ago
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)


def keep_values_out_of_errors(engine: Engine) -> None:
    """PostgreSQL quotes values in its messages (`Key (name)=(...) already exists`); errors travel to logs without."""
    event.listen(engine, "handle_error", _without_values)


def _without_values(context: ExceptionContext) -> None:
    error = context.original_exception
    if not isinstance(error, psycopg.Error) or error.sqlstate is None:
        return
    keep_values_out(error)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = error.args


def keep_values_out(error: psycopg.Error) -> None:
    """Let an error say what kind it is and where it arose, and no value."""
    if error.sqlstate is not None:
        error.args = (_describe(error, error.sqlstate),)


def _describe(error: psycopg.Error, sqlstate: str) -> str:
    if sqlstate.startswith(_OUR_OWN_MISTAKES):
        return f"{sqlstate}: {error.diag.message_primary}"
    where = [name for name in (error.diag.table_name, error.diag.column_name, error.diag.constraint_name) if name]
    return " ".join([f"{sqlstate}: {type(error).__name__}", *where])
