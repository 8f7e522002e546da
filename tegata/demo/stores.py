"""What the stores of a house hold, seen from outside: their refusals, and whether anything in them has changed."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from tegata.databases import StoreUrls, plain_url

REFUSALS = "refusals.jsonl"
TRAIL = {"provision_record", "communication_record", "chain_link", "trail_checkpoint"}
OWN_PACE = {*TRAIL, "status_token", "published_list"}
"""Tables that change without an act: the trail grows with every call, lists are signed anew by the clock."""


def count_refusals(urls: Mapping[str, StoreUrls], relay: Path) -> dict[str, int]:
    """Count the refusal records of every store with its read-only role, and the relay's own."""
    counts = {}
    for store, url in urls.items():
        with psycopg.connect(plain_url(url.check)) as connection:
            row = connection.execute("SELECT count(*) FROM provision_record WHERE outcome = 'refused'").fetchone()
            counts[store] = int(row[0]) if row else 0
    refusals = relay / REFUSALS
    counts["relay"] = len(refusals.read_text().splitlines()) if refusals.exists() else 0
    return counts


def contents(urls: Mapping[str, StoreUrls], state: Path) -> dict[str, str]:
    """
    Return a digest of every table of every store ("juki.identity_record") and of what relay and parties keep.

    It is read as the owner of each database, because no other role sees all of it. Raises psycopg.Error.
    """
    found = {folder: _files(state / folder) for folder in ("relay", "parties")}
    for store, url in urls.items():
        with psycopg.connect(plain_url(url.owner)) as connection:
            rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [store]).fetchall()
            tables = sorted(name for (name,) in rows if name not in OWN_PACE)
            digests = connection.execute(SQL(" UNION ALL ").join(_digests(store, tables))).fetchall()
        found |= {f"{store}.{name}": str(digest) for name, digest in digests}
    return found


def _digests(store: str, tables: list[str]) -> Iterator[Composable]:
    """A query per table for its name and one digest of all its rows, whatever their order."""
    query = SQL("SELECT {}, concat(count(*), ' ', sum(hashtextextended(t::text, 0))) FROM {} t")
    return (query.format(Literal(name), Identifier(store, name)) for name in tables)


def _files(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != REFUSALS:
            digest.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
