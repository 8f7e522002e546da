from typing import LiteralString

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Composed, Identifier

from registry.postgres.append_only import append_only_tables
from registry.postgres.database import MECHANICS, Database
from tests.registry.postgres.shop.models import PACKAGE, Row
from tests.support.database import Stores

STORE = Database("kiosk", (Row.metadata,), PACKAGE, queue=True, mechanics=True)
TRAIL = ["provision_record", "communication_record"]
CHANGES = ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET id = id"]


def on(statement: LiteralString, table: str) -> Composed:
    """The statement about one table."""
    return SQL(statement).format(Identifier(table))


def test_the_trail_is_append_only() -> None:
    """The tables of the trail declare that nobody changes them."""
    assert set(TRAIL) <= {table.name for table in append_only_tables([MECHANICS])}


@pytest.mark.parametrize("table", TRAIL)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["app", "check"])
def test_nobody_changes_the_trail(stores: Stores, role: str, change: LiteralString, table: str) -> None:
    """Neither the service nor the checking role can change or remove a line of the trail."""
    with psycopg.connect(getattr(stores.urls(STORE), role)) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute(on(change, table))


@pytest.mark.parametrize("table", TRAIL)
def test_the_eraser_adds_and_alters_nothing(stores: Stores, table: str) -> None:
    """The sweep role removes lines of the trail whose time has come, and can do nothing else to them."""
    with psycopg.connect(stores.urls(STORE).sweep, autocommit=True) as sweep:
        for refused in ("INSERT INTO {} (id) VALUES (gen_random_uuid())", "UPDATE {} SET id = id"):
            with pytest.raises(InsufficientPrivilege):
                sweep.execute(on(refused, table))
        assert sweep.execute(on("DELETE FROM {} WHERE false", table)).rowcount == 0


@pytest.mark.parametrize("role", ["sweep", "check"])
def test_only_the_service_sees_the_data_keys(stores: Stores, role: str) -> None:
    """Wrapped data keys and messages to be sent are for the app role alone."""
    for table in ("sealing_key", "outbox_message"):
        if (role, table) == ("sweep", "outbox_message"):
            continue  # it removes what was acknowledged long ago
        with psycopg.connect(getattr(stores.urls(STORE), role)) as connection, pytest.raises(InsufficientPrivilege):
            connection.execute(on("SELECT * FROM {}", table))
