"""Migrations and models say the same: what is deployed is what the code expects."""

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from registry.postgres.database import MECHANICS, Database
from registry.postgres.engine import driver_url
from tegata.house import DATABASES
from tests.support.database import Stores

NOT_OURS = {"store_version", "mechanics_version"}


def ours(_object: Any, name: str | None, kind: str, *_: Any) -> bool:
    """Leave out the tables in which Alembic notes its versions."""
    return not (kind == "table" and name in NOT_OURS)


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.name)
def test_the_migrated_database_is_what_the_models_declare(stores: Stores, database: Database) -> None:
    """Tables, columns, types, nullability and indexes of every store come from its migrations without a difference."""
    engine = create_engine(driver_url(stores.urls(database).owner), poolclass=NullPool)
    declared: list[MetaData] = [*database.metadata, MECHANICS]
    with engine.connect() as connection:
        connection.execute(text(f"SET search_path TO {database.name}"))
        options = {"include_object": ours, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        found = compare_metadata(context, declared)  # type: ignore[arg-type] # several MetaData are taken too
    engine.dispose()
    assert found == []
