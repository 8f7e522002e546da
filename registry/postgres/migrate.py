"""Tables and rights of one store, brought up to date by its owner role (D5).

Migrations are a history (Alembic, per store); rights and append-only triggers are a *state*: after every migration
everything is revoked and exactly what `grants.sql` lists is granted again.
"""

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, MetaData, create_engine
from sqlalchemy.pool import NullPool

from registry.postgres.append_only import append_only_tables, protection
from registry.postgres.database import MECHANICS, Database, StoreRoles
from registry.postgres.engine import driver_url, keep_values_out_of_errors

_LOCK = 0x7E6A7A  # one migration at a time and database; any fixed number does
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MECHANICS_PACKAGE = "registry.postgres"


def migrate(owner_url: str, database: Database, roles: StoreRoles) -> None:
    """Bring one store's database to the newest revision and set its rights, in one transaction.

    owner_url: logs in as `roles.owner`, the owner of the database. Safe to repeat.
    Raises ValueError for names that are no plain identifiers, SQLAlchemyError when PostgreSQL refuses.
    """
    for name in (database.name, roles.owner, roles.app, roles.sweep, roles.check):
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a plain identifier: {name}")
    engine = create_engine(driver_url(owner_url), poolclass=NullPool, hide_parameters=True)
    keep_values_out_of_errors(engine)
    with engine.begin() as connection:
        _prepare(connection, database.name)
        if database.mechanics:
            _upgrade(connection, database.name, _MECHANICS_PACKAGE, "mechanics_version", (MECHANICS,))
        _upgrade(connection, database.name, database.package, "store_version", database.metadata)
        if database.queue:
            _create_queue(connection, database.name)
        _set_rights(connection, database, roles)
    engine.dispose()


def _prepare(connection: Connection, schema: str) -> None:
    run = connection.exec_driver_sql
    run(f"SELECT pg_advisory_xact_lock({_LOCK})")
    run("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    run("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
    run(f"SET LOCAL search_path TO {schema}")


def _upgrade(
    connection: Connection, schema: str, package: str, version_table: str, metadata: Sequence[MetaData]
) -> None:
    script = ScriptDirectory(str(_folder(package) / "migrations"))

    def to_head(revision: str, _context: MigrationContext) -> list[RevisionStep]:
        # Alembic's own command calls the same method; its public door needs an env.py in every store.
        return list(script._upgrade_revs("head", revision))  # noqa: SLF001

    options = {
        "fn": to_head,
        "script": script,
        "target_metadata": tuple(metadata),
        "version_table": version_table,
        "version_table_schema": schema,
    }
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()


def _create_queue(connection: Connection, schema: str) -> None:
    if connection.exec_driver_sql("SELECT to_regclass('queue.procrastinate_jobs')").scalar() is not None:
        return
    connection.exec_driver_sql("CREATE SCHEMA IF NOT EXISTS queue")
    connection.exec_driver_sql("SET LOCAL search_path TO queue")
    cursor = connection.connection.cursor()  # the driver's own: the schema is many statements with percent signs
    cursor.execute(SchemaManager.get_schema())
    connection.exec_driver_sql(f"SET LOCAL search_path TO {schema}")


def _set_rights(connection: Connection, database: Database, roles: StoreRoles) -> None:
    for statement in _revocations(database, roles):
        connection.exec_driver_sql(statement)
    metadata = (*database.metadata, MECHANICS) if database.mechanics else database.metadata
    raw = connection.connection.cursor()  # the driver's own: percent signs mean themselves
    for statement in protection(database.name, append_only_tables(metadata), roles.sweep):
        raw.execute(statement)
    if database.mechanics:
        _run_file(connection, _folder(_MECHANICS_PACKAGE) / "mechanics.sql", roles)
    _run_file(connection, _folder(database.package) / "grants.sql", roles)
    if database.queue:
        for statement in _queue_rights(roles.app):
            connection.exec_driver_sql(statement)


def _revocations(database: Database, roles: StoreRoles) -> list[str]:
    everybody = f"{roles.app}, {roles.sweep}, {roles.check}, PUBLIC"
    statements = []
    for schema in [database.name, "queue"] if database.queue else [database.name]:
        statements += [
            f"REVOKE ALL ON ALL {kind} IN SCHEMA {schema} FROM {everybody}"
            for kind in ("TABLES", "SEQUENCES", "FUNCTIONS")
        ]
        statements.append(f"REVOKE ALL ON SCHEMA {schema} FROM {everybody}")
    return [*statements, f"GRANT USAGE ON SCHEMA {database.name} TO {roles.app}, {roles.sweep}, {roles.check}"]


def _queue_rights(app: str) -> list[str]:
    # The app role is also the worker's (D6), so it needs the whole queue; nobody else sees it.
    return [
        f"GRANT USAGE ON SCHEMA queue TO {app}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO {app}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA queue TO {app}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA queue TO {app}",
    ]


def _run_file(connection: Connection, path: Path, roles: StoreRoles) -> None:
    text = path.read_text(encoding="utf-8")
    for role in ("app", "sweep", "check"):
        text = text.replace("{" + role + "}", getattr(roles, role))
    if "{" in text:
        raise ValueError(f"unknown placeholder in {path.name}")
    connection.connection.cursor().execute(text)


def _folder(package: str) -> Path:
    return Path(str(files(package)))
