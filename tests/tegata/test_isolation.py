from itertools import permutations

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from registry.postgres.database import ROLES, Database
from tegata.house import DATABASES
from tests.support.database import Stores

BY_NAME = {database.name: database for database in DATABASES}
PAIRS = [pair for pair in permutations(BY_NAME, 2) if pair[0] != "number"]
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s"


def refused_everywhere(stores: Stores, mine: Database, other: Database) -> None:
    """Each role of one store knocks at another store's database and is turned away by PostgreSQL."""
    there = conninfo_to_dict(stores.urls(other).app)["dbname"]
    for role in ROLES:
        own = getattr(stores.urls(mine), role)
        with pytest.raises(psycopg.OperationalError, match="CONNECT privilege"):
            psycopg.connect(make_conninfo(own, dbname=there))


@pytest.mark.parametrize(("mine", "other"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_no_role_of_a_store_reaches_another(stores: Stores, mine: str, other: str) -> None:
    """PostgreSQL itself refuses every role of every store at every other store's database."""
    refused_everywhere(stores, BY_NAME[mine], BY_NAME[other])


@pytest.mark.requirement("FUHYO-6")
@pytest.mark.parametrize("store", ["fuhyo", "fuhyo_tmp"])
def test_numbers_are_apart_from_fuhyo(stores: Stores, store: str) -> None:
    """No role of the fuhyo file reaches the temporary area, none the other way round; no view or foreign table does."""
    (other,) = {"fuhyo", "fuhyo_tmp"} - {store}
    refused_everywhere(stores, BY_NAME[store], BY_NAME[other])
    with psycopg.connect(stores.urls(BY_NAME[store]).owner) as connection:
        bridges = "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm', 'f') AND relnamespace = %s::regnamespace"
        assert connection.execute(bridges, [store]).fetchall() == []


@pytest.mark.requirement("LINK-4")
@pytest.mark.parametrize("other", sorted(set(BY_NAME) - {"number"}))
def test_number_reaches_nothing_but_its_own_file(stores: Stores, other: str) -> None:
    """No role of the number system reaches the database of another system."""
    refused_everywhere(stores, BY_NAME["number"], BY_NAME[other])


@pytest.mark.requirement("RETAIN-1")
@pytest.mark.parametrize("role", ["app", "sweep", "check"])
@pytest.mark.parametrize("table", ["generated_number", "number_pair"])
def test_the_number_file_is_never_erased(stores: Stores, table: str, role: str) -> None:
    """No role that works on the number file may delete from it or empty it."""
    with psycopg.connect(getattr(stores.urls(BY_NAME["number"]), role), autocommit=True) as connection:
        for erase in ("DELETE FROM {}", "TRUNCATE {} CASCADE"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(SQL(erase).format(Identifier(table)))


@pytest.mark.parametrize("store", sorted(BY_NAME))
def test_the_checking_role_changes_nothing(stores: Stores, store: str) -> None:
    """The role that only checks has no right to write in any table of any store."""
    with psycopg.connect(stores.urls(BY_NAME[store]).check) as connection:
        tables = [name for (name,) in connection.execute(TABLES, [store]).fetchall()]
        assert tables
        rights = "SELECT has_table_privilege(%s, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        writable = [name for name in tables if connection.execute(rights, [f"{store}.{name}"]).fetchone() == (True,)]
    assert writable == []


@pytest.mark.parametrize("store", sorted(BY_NAME))
@pytest.mark.parametrize("role", ["app", "sweep", "check"])
def test_only_the_owner_creates(stores: Stores, role: str, store: str) -> None:
    """No role but the owner can create a table, not even a temporary one."""
    with psycopg.connect(getattr(stores.urls(BY_NAME[store]), role), autocommit=True) as connection:
        for place in (f"{store}.own", "public.own", "pg_temp.own"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"CREATE TABLE {place} (x int)")
