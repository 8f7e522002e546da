from datetime import timedelta
from itertools import product
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege, UniqueViolation
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from registry.postgres.database import Database, StoreRoles
from registry.postgres.engine import Sessions
from registry.postgres.migrate import migrate
from tegata.databases import role_names
from tests.registry.postgres.shop.models import SHOP, STALL, Article
from tests.support.clock import START
from tests.support.database import FreshDatabases, Stores

KEY = UUID(int=1)
INSERT_SALE = "INSERT INTO sale VALUES (%s, %s)"
OWN_TABLE = "SELECT * FROM shop.article"  # the app role may
TRIES = [
    "CREATE TABLE shop.own (x int)",
    "CREATE TABLE public.own (x int)",
    "CREATE TEMP TABLE own (x int)",
    "DROP TABLE shop.sale",
    "ALTER TABLE shop.sale DISABLE TRIGGER ALL",
    "SET ROLE {owner}",
    "SET session_replication_role = replica",
    "SELECT * FROM pg_authid",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT * FROM shop.store_version",
]


@pytest.fixture
def database() -> Database:
    """The example store."""
    return SHOP


async def test_app_reads_and_writes_what_is_granted(sessions: Sessions) -> None:
    """The app role works with a granted table through the store's search path."""
    async with sessions.begin() as session:
        session.add(Article(id=KEY, name="tea"))
    async with sessions() as session:
        assert (await session.scalars(select(Article.name))).all() == ["tea"]


async def test_every_test_is_rolled_back(sessions: Sessions) -> None:
    """What another test committed is not there."""
    async with sessions() as session:
        assert (await session.scalars(select(Article.name))).all() == []


async def test_error_text_has_no_values(sessions: Sessions) -> None:
    """A violated constraint is named without the value that violated it."""
    async with sessions() as session:
        session.add_all([Article(id=UUID(int=number), name="山田太郎") for number in (1, 2)])
        with pytest.raises(IntegrityError) as caught:
            await session.flush()
    assert "山田太郎" not in str(caught.value)
    assert "山田太郎" not in str(caught.value.orig)
    assert "article_name_key" in str(caught.value)
    assert isinstance(caught.value.orig, UniqueViolation)


@pytest.mark.parametrize("statement", ["UPDATE sale SET erase_after = now()", "TRUNCATE sale", "DELETE FROM sale"])
@pytest.mark.parametrize("role", ["app", "check"])
def test_append_only(stores: Stores, role: str, statement: str) -> None:
    """The service and the checking role cannot change an append-only table."""
    with psycopg.connect(getattr(stores.urls(SHOP), role)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize("statement", ["UPDATE sale SET erase_after = now()", "TRUNCATE sale", "DELETE FROM sale"])
def test_owner_is_stopped_by_the_trigger(stores: Stores, statement: str) -> None:
    """The owner, who has every right on the table, is told that it is append-only."""
    with psycopg.connect(stores.urls(SHOP).owner) as connection:
        connection.execute(INSERT_SALE, [KEY, START])
        with pytest.raises(InsufficientPrivilege, match="append-only"):
            connection.execute(statement)
        connection.rollback()


def test_sweep_erases_and_does_nothing_else(fresh_databases: FreshDatabases) -> None:
    """The sweep role deletes what is due from an append-only table, and can neither insert nor update there."""
    urls = fresh_databases([SHOP])["shop"]
    with psycopg.connect(urls.app) as app:
        app.execute(INSERT_SALE, [KEY, START])
    with psycopg.connect(urls.sweep, autocommit=True) as sweep:
        for refused in ("UPDATE sale SET erase_after = now()", "TRUNCATE sale"):
            with pytest.raises(InsufficientPrivilege):
                sweep.execute(refused)
        with pytest.raises(InsufficientPrivilege):
            sweep.execute(INSERT_SALE, [UUID(int=2), START])
        due = sweep.execute("DELETE FROM sale WHERE erase_after <= %s", [START + timedelta(days=1)])
        assert due.rowcount == 1


async def test_inserter_cannot_read_back(sessions: Sessions) -> None:
    """The role that writes an append-only table cannot read it."""
    async with sessions() as session:
        connection = await session.connection()
        with pytest.raises(Exception, match="permission denied for table sale"):
            await connection.exec_driver_sql("SELECT * FROM sale")


@pytest.mark.parametrize("role", ["owner", "app", "sweep", "check"])
@pytest.mark.parametrize(("mine", "other"), [(SHOP, STALL), (STALL, SHOP)], ids=["shop-stall", "stall-shop"])
def test_no_role_reaches_another_store(stores: Stores, role: str, mine: Database, other: Database) -> None:
    """PostgreSQL itself refuses every role of a store at the door of another store's database."""
    own, foreign = getattr(stores.urls(mine), role), stores.urls(other)
    there = psycopg.conninfo.conninfo_to_dict(foreign.app)["dbname"]
    with pytest.raises(psycopg.OperationalError, match="CONNECT privilege"):
        psycopg.connect(psycopg.conninfo.make_conninfo(own, dbname=there))


@pytest.mark.parametrize(
    ("role", "statement"),
    [("sweep", OWN_TABLE), ("check", OWN_TABLE), *product(["app", "sweep", "check"], TRIES)],
)
def test_a_role_cannot_widen_its_rights(stores: Stores, role: str, statement: str) -> None:
    """No role but the owner gets further than its grants, by whatever statement."""
    text = statement.replace("{owner}", role_names(stores.instance, "shop").owner)
    with psycopg.connect(getattr(stores.urls(SHOP), role)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(text)


@pytest.mark.parametrize("role", ["sweep", "check"])
def test_the_queue_belongs_to_the_app_role(stores: Stores, role: str) -> None:
    """The app role, which is also the worker's, sees the queue; the others do not."""
    with psycopg.connect(stores.urls(SHOP).app) as app:
        assert app.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
    with psycopg.connect(getattr(stores.urls(SHOP), role)) as other, pytest.raises(InsufficientPrivilege):
        other.execute("SELECT count(*) FROM queue.procrastinate_jobs")


def test_migrating_again_restores_the_rights(fresh_databases: FreshDatabases, stores: Stores) -> None:
    """A right that grants.sql does not list is gone after the next migration, and the listed ones stay."""
    urls = fresh_databases([SHOP])["shop"]
    roles = role_names(stores.instance, "shop")
    with psycopg.connect(urls.owner) as owner:
        owner.execute(f"GRANT DELETE ON article TO {roles.app}")
        owner.execute(f"GRANT SELECT (id) ON sale TO {roles.app}")
    migrate(urls.owner, SHOP, roles)
    with psycopg.connect(urls.app, autocommit=True) as app:
        assert app.execute("SELECT * FROM article").fetchall() == []
        for refused in ("DELETE FROM article", "SELECT id FROM sale"):
            with pytest.raises(InsufficientPrivilege):
                app.execute(refused)


def test_names_are_plain_identifiers(stores: Stores) -> None:
    """A role name that would end up as SQL is refused before anything happens."""
    with pytest.raises(ValueError, match="plain identifier"):
        migrate(stores.urls(SHOP).owner, SHOP, StoreRoles("o", "a; DROP TABLE sale", "s", "c"))
