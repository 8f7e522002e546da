import os
import stat
from pathlib import Path

import psycopg
import pytest

from tegata.databases import StoreUrls, create_databases, drop_databases, plain_url, role_names
from tests.registry.postgres.shop.models import SHOP, STALL
from tests.support.entropy import SeededBytes

STORES = [SHOP, STALL]


def test_creating_twice_changes_nothing(server: str, tmp_path: Path) -> None:
    """A second start finds the same databases, roles, passwords and rows."""
    instance, passwords = f"again{os.getpid()}", tmp_path / "sub" / "passwords.json"
    try:
        first = create_databases(server, instance, STORES, passwords, random=SeededBytes("a"))
        with psycopg.connect(first["shop"].app) as app:
            app.execute("INSERT INTO article VALUES (gen_random_uuid(), 'tea')")
        second = create_databases(server, instance, STORES, passwords, random=SeededBytes("b"))
        assert [vars(urls) for urls in first.values()] == [vars(urls) for urls in second.values()]
        with psycopg.connect(second["shop"].app) as app:
            assert app.execute("SELECT name FROM article").fetchall() == [("tea",)]
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    finally:
        drop_databases(server, instance, STORES)


def test_lost_passwords_are_replaced(server: str, tmp_path: Path) -> None:
    """Without the file of passwords new ones are set, and the old ones stop working."""
    instance, passwords = f"lost{os.getpid()}", tmp_path / "passwords.json"
    try:
        old = create_databases(server, instance, [STALL], passwords, random=SeededBytes("a"))
        passwords.unlink()
        new = create_databases(server, instance, [STALL], passwords, random=SeededBytes("b"))
        psycopg.connect(new["stall"].app).close()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(old["stall"].app)
    finally:
        drop_databases(server, instance, [STALL])


def test_dropping_leaves_nothing(server: str, tmp_path: Path) -> None:
    """After dropping an instance neither its databases nor its roles exist."""
    instance = f"gone{os.getpid()}"
    create_databases(server, instance, [STALL], tmp_path / "p.json", random=SeededBytes())
    drop_databases(server, instance, [STALL])
    with psycopg.connect(plain_url(server)) as admin:
        for query in ("SELECT 1 FROM pg_roles WHERE rolname ~ %s", "SELECT 1 FROM pg_database WHERE datname ~ %s"):
            assert admin.execute(query, [f"^{instance}_"]).fetchall() == []


def test_instance_is_a_plain_identifier() -> None:
    """A name of an instance that would end up as SQL is refused."""
    with pytest.raises(ValueError, match="plain identifier"):
        role_names('x"; DROP DATABASE', "shop")


def test_urls_do_not_show_passwords() -> None:
    """Printing the URLs of a store shows no password."""
    assert "secret" not in repr(StoreUrls(*["postgresql://x:secret@h/d"] * 4))
