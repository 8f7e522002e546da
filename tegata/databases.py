"""A database and four login roles per store, on any PostgreSQL of version 15 or later (D5).

What keeps the stores apart is PostgreSQL itself: a role can connect to its own store's database and to no other.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import make_url

from registry.postgres.database import ROLES, Database, StoreRoles
from registry.postgres.migrate import migrate

_INSTANCE = re.compile(r"[a-z][a-z0-9_]{0,30}")
_PASSWORD_BYTES = 24


@dataclass(frozen=True, repr=False)
class StoreUrls:
    """Where each role of one store logs in. Holds passwords, so its repr says nothing."""

    owner: str
    app: str
    sweep: str
    check: str

    def __repr__(self) -> str:
        return "StoreUrls(...)"


def role_names(instance: str, store: str) -> StoreRoles:
    """The names of a store's roles in one instance. Raises ValueError for an instance that is no plain identifier."""
    if not _INSTANCE.fullmatch(instance):
        raise ValueError(f"not a plain identifier: {instance}")
    return StoreRoles(*(f"{instance}_{store}_{role}" for role in ROLES))


def create_databases(
    admin_url: str, instance: str, databases: Sequence[Database], passwords: Path, *, random: Callable[[int], bytes]
) -> dict[str, StoreUrls]:
    """Roles, databases, tables and rights of every store; what exists is kept and brought up to date.

    admin_url: somebody who may create databases and roles. passwords: JSON file, mode 0600, made when missing.
    random: n -> n bytes, for the passwords. Returns the URLs by the name of the store.
    Raises psycopg.Error or SQLAlchemyError when PostgreSQL refuses.
    """
    known = _read_passwords(passwords)
    for database in databases:
        for role in _each(role_names(instance, database.name)):
            known.setdefault(role, random(_PASSWORD_BYTES).hex())
    _write_passwords(passwords, known)
    urls = {}
    with psycopg.connect(plain_url(admin_url), autocommit=True) as admin:
        for database in databases:
            roles = role_names(instance, database.name)
            name = f"{instance}_{database.name}"
            _create_roles(admin, roles, known)
            _create_database(admin, name, roles.owner)
            open_database(admin, name, database, roles)
            urls[database.name] = store_urls(admin_url, name, roles, known)
    for database in databases:
        migrate(urls[database.name].owner, database, role_names(instance, database.name))
    return urls


def drop_databases(admin_url: str, instance: str, databases: Sequence[Database]) -> None:
    """Remove the databases and roles of an instance, whoever is still connected."""
    with psycopg.connect(plain_url(admin_url), autocommit=True) as admin:
        for database in databases:
            name = Identifier(f"{instance}_{database.name}")
            admin.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        for database in databases:
            for role in _each(role_names(instance, database.name)):
                admin.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(role)))


def open_database(admin: Connection[TupleRow], name: str, database: Database, roles: StoreRoles) -> None:
    """Let a store's own roles, and nobody else, connect to the database `name`, with the store's search path."""
    path = [Identifier(database.name), *([Identifier("queue")] if database.queue else [])]
    members = SQL(", ").join(Identifier(role) for role in _each(roles))
    where = Identifier(name)
    admin.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(where))
    admin.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(where, members))
    admin.execute(SQL("GRANT CREATE ON DATABASE {} TO {}").format(where, Identifier(roles.owner)))
    admin.execute(SQL("ALTER DATABASE {} SET search_path TO {}").format(where, SQL(", ").join(path)))
    admin.execute(SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(where))


def store_urls(admin_url: str, name: str, roles: StoreRoles, passwords: dict[str, str]) -> StoreUrls:
    """The URLs of a store's roles on the server of `admin_url`, for the database `name`."""
    server = make_url(admin_url).set(drivername="postgresql", database=name)
    urls = [server.set(username=role, password=passwords[role]) for role in _each(roles)]
    return StoreUrls(*(url.render_as_string(hide_password=False) for url in urls))


def plain_url(url: str) -> str:
    """A URL as libpq reads it, whatever driver SQLAlchemy's spelling names."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _each(roles: StoreRoles) -> list[str]:
    return [getattr(roles, field.name) for field in fields(roles)]


def _create_roles(admin: Connection[TupleRow], roles: StoreRoles, passwords: dict[str, str]) -> None:
    for role in _each(roles):
        if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            admin.execute(SQL("CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE").format(Identifier(role)))
        # The verifier is computed here: the password itself reaches neither the server nor its log.
        verifier = admin.pgconn.encrypt_password(passwords[role].encode(), role.encode(), b"scram-sha-256").decode()
        statement = SQL("ALTER ROLE {} LOGIN NOINHERIT PASSWORD {}")
        admin.execute(statement.format(Identifier(role), Literal(verifier)))


def _create_database(admin: Connection[TupleRow], name: str, owner: str) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
        return
    is_super = admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if not (is_super and is_super[0]):  # whoever is not the superuser may give a database only to a role he is in
        admin.execute(SQL("GRANT {} TO CURRENT_USER").format(Identifier(owner)))
    statement = SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    admin.execute(statement.format(Identifier(name), Identifier(owner)))


def _read_passwords(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return known


def _write_passwords(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(passwords, file)
    fresh.replace(path)  # in one step: a start cut short leaves the old passwords or the new ones
