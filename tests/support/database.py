"""Throw-away databases on a real PostgreSQL.

The server is TEGATA_DATABASE_URL, or the embedded one, started once per session. A store's database is created and
migrated when the first test asks for it, and nobody logs in to that one: it is what the others are copied from. One
copy serves the whole session, because every test is rolled back; who commits is given a copy of its own.

One store, the usual case: say which store in the test module (or in a conftest.py), then ask for `sessions`::

    @pytest.fixture
    def database() -> Database:
        return DATABASE                       # from registry.juki.app, pki.app, ...

    async def test_something(sessions: Sessions) -> None:
        async with sessions.begin() as session: ...

`sessions` logs in as the app role, on one connection inside an outer transaction that is rolled back after the test:
what the code under test commits is a savepoint. Hand it to `create_app` as it is. Two tasks must not use it at once.

Several stores in one test, or another role::

    async def test_two(stores: Stores) -> None:
        async with store_session(stores, JUKI) as juki, store_session(stores, CARD, role="sweep") as card: ...

Journeys and everything that needs real commits, several connections or other processes::

    async def test_journey(fresh_databases: FreshDatabases) -> None:
        urls = fresh_databases([JUKI, CARD])  # {"juki": StoreUrls, "card": StoreUrls}; clones, dropped afterwards
        async with opened(urls["juki"].app, pool_size=4) as juki: ...
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

import registry.outbox.models
import registry.retention.models
import registry.sealing.models
import registry.trail.models  # noqa: F401 - the mechanics' tables exist once their models are imported
from registry.postgres.database import Database
from registry.postgres.engine import Sessions, open_engine, open_sessions
from tegata.databases import (
    StoreUrls,
    create_databases,
    drop_databases,
    open_database,
    plain_url,
    role_names,
    store_urls,
)
from tegata.embedded import EmbeddedServer
from tests.support.engines import borrowed

FreshDatabases = Callable[[Sequence[Database]], dict[str, StoreUrls]]

# Nobody mourns a test's data.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_FAST |= {"wal_level": "minimal", "max_wal_senders": "0"}  # no standby either
_FAST |= {"deadlock_timeout": "100ms"}  # tests provoke some
_FAST |= {"max_wal_size": "128MB"}  # it lies in memory
_FAST |= {"autovacuum": "off", "jit": "off", "scram_iterations": "1"}  # small tables, and thousands of log-ins
_GIVEN = "TEGATA_DATABASE_URL"
SHARED = "shared"
SHARED_CONNECTIONS = 5


class Stores:
    """The databases of this test session, made on demand."""

    def __init__(self, admin_url: str, instance: str, folder: Path) -> None:
        self.admin_url = admin_url
        self.instance = instance
        self._passwords = folder / "passwords.json"
        self._made: dict[str, tuple[Database, StoreUrls]] = {}
        self._shared: dict[str, StoreUrls] = {}
        self._engines: dict[tuple[str, str], AsyncEngine] = {}

    @cached_property
    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        """Who may create databases, logged in once: copies are made and dropped by the hundred."""
        return psycopg.connect(plain_url(self.admin_url), autocommit=True)

    def urls(self, database: Database) -> StoreUrls:
        """Where the store's roles log in for tests that are rolled back."""
        if database.name not in self._shared:
            self._shared[database.name] = self.clone(database, SHARED)
        return self._shared[database.name]

    def engine(self, database: Database, role: str) -> AsyncEngine:
        """One role's engine for tests that are rolled back, kept: to connect and to compile costs more than a test."""
        if (database.name, role) not in self._engines:
            url = getattr(self.urls(database), role)
            self._engines[database.name, role] = open_engine(url, pool_size=SHARED_CONNECTIONS)
        return self._engines[database.name, role]

    def _template(self, database: Database) -> StoreUrls:
        """Return the migrated database that is copied; PostgreSQL copies none that somebody is connected to."""
        if database.name not in self._made:
            made = create_databases(self.admin_url, self.instance, [database], self._passwords, random=os.urandom)
            self._made[database.name] = (database, made[database.name])
        return self._made[database.name][1]

    def clone(self, database: Database, suffix: str, of: str = "") -> StoreUrls:
        """A copy of the migrated, empty database, or of another copy that nobody uses, with the same roles."""
        template = self._template(database)
        source, copy = self.name(database, of), self.name(database, suffix)
        roles = role_names(self.instance, database.name)
        # Copied as files five times as fast, but behind a checkpoint, which is cheap only where nothing is synced.
        strategy = SQL("wal_log" if _GIVEN in os.environ else "file_copy")
        statement = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {} OWNER {}")
        self._admin.execute(statement.format(Identifier(copy), Identifier(source), strategy, Identifier(roles.owner)))
        open_database(self._admin, copy, database, roles)
        return store_urls(self.admin_url, copy, roles, _passwords_of(template, self.instance, database.name))

    def name(self, database: Database, suffix: str = "") -> str:
        """The name of a store's migrated database, or of a copy of it."""
        return "_".join(part for part in (self.instance, database.name, suffix) if part)

    def drop(self, database: Database, suffix: str) -> None:
        """Remove a clone, whoever is still connected."""
        name = self.name(database, suffix)
        self._admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def close(self) -> None:
        """Remove everything this session made."""
        asyncio.run(self._disconnect())
        for name in self._shared:
            self.drop(self._made[name][0], SHARED)
        self._admin.close()
        drop_databases(self.admin_url, self.instance, [database for database, _ in self._made.values()])

    async def _disconnect(self) -> None:
        for engine in self._engines.values():
            await engine.dispose()


def _passwords_of(urls: StoreUrls, instance: str, store: str) -> dict[str, str]:
    roles = role_names(instance, store)
    pairs = [(roles.owner, urls.owner), (roles.app, urls.app), (roles.sweep, urls.sweep), (roles.check, urls.check)]
    return {role: str(psycopg.conninfo.conninfo_to_dict(url)["password"]) for role, url in pairs}


@contextmanager
def running_server(settings: Mapping[str, str]) -> Iterator[str]:
    """URL of a server on which databases and roles may be created; an embedded one has these settings."""
    given = os.environ.get(_GIVEN)
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="tegata-tests-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # as root the server runs as another user, who passes through
        with EmbeddedServer(Path(folder) / "postgres", random=os.urandom, settings=dict(settings)) as running:
            yield running.admin_url


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of the session's server."""
    with running_server(_FAST) as url:
        yield url


@pytest.fixture(scope="session")
def stores(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """The session's databases."""
    made = Stores(server, f"test{os.getpid()}", tmp_path_factory.mktemp("stores"))
    yield made
    made.close()


@asynccontextmanager
async def opened(url: str, pool_size: int = 5) -> AsyncIterator[Sessions]:
    """Sessions on connections of their own, whose commits others see."""
    async with borrowed(url, pool_size) as engine:
        yield open_sessions(engine)


@asynccontextmanager
async def store_session(stores: Stores, database: Database, *, role: str = "app") -> AsyncIterator[Sessions]:
    """Sessions of one role on one connection whose outer transaction is rolled back at the end."""
    async with stores.engine(database, role).connect() as connection:
        outer = await connection.begin()
        yield async_sessionmaker(
            connection, class_=AsyncSession, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        await outer.rollback()


@pytest.fixture
async def sessions(stores: Stores, database: Database) -> AsyncIterator[Sessions]:
    """Sessions of the app role of `database`, rolled back after the test."""
    async with store_session(stores, database) as made:
        yield made


@contextmanager
def clones(stores: Stores, of: str = "") -> Iterator[FreshDatabases]:
    """A function that clones the databases of the named stores, or copies with this suffix; dropped afterwards."""
    with ExitStack() as cleaning:

        def clone(databases: Sequence[Database]) -> dict[str, StoreUrls]:
            made = {}
            for database in databases:
                suffix = os.urandom(4).hex()
                made[database.name] = stores.clone(database, suffix, of)
                cleaning.callback(stores.drop, database, suffix)
            return made

        yield clone


@pytest.fixture
def fresh_databases(stores: Stores) -> Iterator[FreshDatabases]:
    """A function that clones the databases of the named stores; the clones are dropped after the test."""
    with clones(stores) as clone:
        yield clone
