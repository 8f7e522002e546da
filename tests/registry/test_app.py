from collections.abc import Mapping
from dataclasses import replace

import psycopg
import pytest
from litestar import Litestar
from psycopg.conninfo import make_conninfo
from sqlalchemy import select
from sqlalchemy.pool import NullPool

from registry.access.matrix import load_matrix
from registry.app import DATABASES, JUKI, NUMBER, STORES, create_app, create_worker
from registry.fuhyo.temporary.store import DATABASE as FUHYO_TMP
from registry.number.models import Base
from registry.outbox.models import OutboxMessage
from registry.postgres.database import MECHANICS
from registry.postgres.engine import open_engine, open_sessions
from tests.registry.juki.town import Town
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases, Stores, store_session
from tests.support.entropy import SeededBytes
from tests.support.stores import OpenStore, open_store


async def opened(stores: Stores, name: str, clock: FrozenClock) -> tuple[OpenStore, Mapping[str, str]]:
    """Open a store on its own database and return it with its routes and the operations they name."""
    async with store_session(stores, DATABASES[name]) as sessions, store_session(stores, FUHYO_TMP) as area:
        store = await open_store(name, sessions, clock=clock, entropy=SeededBytes(name), temporary=area)
    return store, routes(store.app.whole)


def routes(app: Litestar) -> dict[str, str]:
    """Return path and operation of every route that names one."""
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if "operation" in handler.opt:
                found[str(route.path)] = handler.opt["operation"]
    return found


@pytest.mark.requirement("LINK-1")
@pytest.mark.parametrize("name", sorted(STORES))
async def test_a_store_serves_its_lines_of_the_matrix_and_no_others(
    stores: Stores, clock: FrozenClock, name: str
) -> None:
    """Each operation that the matrix gives a store is a route of it under its own name, and every route is a line."""
    _, served = await opened(stores, name, clock)
    lines = {line.operation for line in load_matrix().lines if line.operation.startswith(f"{name}.")}
    assert set(served.values()) == lines
    assert all(path == "/" + operation.replace(".", "/") for path, operation in served.items())


async def test_a_system_that_is_no_store_is_not_opened(stores: Stores, clock: FrozenClock) -> None:
    """The composition root opens the four stores and nothing else."""
    store, _ = await opened(stores, "number", clock)
    with pytest.raises(KeyError):
        create_app(type(store.settings)(**{**vars(store.settings), "system": "issuer"}), store.parts)


@pytest.mark.requirement("FUHYO-6", "RETAIN-10")
@pytest.mark.parametrize(("given", "days"), [(False, "3"), (True, "365"), (True, "0")])
async def test_fuhyo_is_not_opened_without_its_area(
    stores: Stores, clock: FrozenClock, days: str, *, given: bool
) -> None:
    """Without its temporary area, or with a window for it of a year or of nothing, the fuhyo store does not start."""
    store, _ = await opened(stores, "fuhyo", clock)
    settings = replace(store.settings, extra={"resend_days": days})
    parts = store.parts if given else replace(store.parts, temporary=None)
    with pytest.raises(ValueError, match="temporary"):
        create_app(settings, parts)


@pytest.mark.requirement("LINK-4")
def test_the_number_database_holds_the_number_file_and_its_mechanics(stores: Stores) -> None:
    """Beside trail, outbox and sealing there are the two tables of the number file."""
    with psycopg.connect(stores.urls(NUMBER).owner) as connection:
        tables = {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'number'")}
    versions = {"mechanics_version", "store_version"}
    assert tables - versions - set(MECHANICS.tables) == set(Base.metadata.tables) == {"generated_number", "number_pair"}


@pytest.mark.requirement("LINK-4", "LINK-3")
@pytest.mark.parametrize("role", ["app", "sweep", "check", "owner"])
@pytest.mark.parametrize("other", sorted(set(DATABASES) - {"number"}))
def test_the_number_system_can_log_in_nowhere_else(stores: Stores, role: str, other: str) -> None:
    """PostgreSQL refuses each role of the number store at every other store's database."""
    there = psycopg.conninfo.conninfo_to_dict(stores.urls(DATABASES[other]).app)["dbname"]
    address = make_conninfo(getattr(stores.urls(NUMBER), role), dbname=there)
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(address)


@pytest.mark.requirement("LINK-3")
def test_no_line_lets_the_number_system_call() -> None:
    """The number system is nobody's caller, and only juki and its operators are its callers."""
    lines = load_matrix().lines
    assert not [line.operation for line in lines if "number" in line.callers]
    assert {c for line in lines if line.operation.startswith("number.") for c in line.callers} == {"juki", "operator"}


@pytest.mark.requirement("JUKI-31")
async def test_the_worker_brings_changes_to_the_card_system(
    stores: Stores, fresh_databases: FreshDatabases, clock: FrozenClock
) -> None:
    """The card system acknowledges the event; the one for a JPKI side that is silent is kept and tried again."""
    engine = open_engine(fresh_databases([JUKI])["juki"].app, poolclass=NullPool)
    async with store_session(stores, DATABASES["card"]) as sessions:
        card = await open_store("card", sessions, clock=clock, entropy=SeededBytes("card"))
        others = {"card": card.app}
        juki = await open_store("juki", open_sessions(engine), clock=clock, entropy=SeededBytes(), others=others)
        town = Town(juki)
        await town.say()
        await town.say(reason="death")
        assert await create_worker(juki.settings, juki.parts).drain() == 1
        async with juki.parts.sessions() as session:
            rows = (await session.scalars(select(OutboxMessage))).all()
    await engine.dispose()
    state = {row.operation: (row.last_outcome, row.sealed == b"", row.next_attempt_at > clock()) for row in rows}
    assert state == {"card.change_event": ("done", True, False), "pki.person_changed": ("unanswered", False, True)}
