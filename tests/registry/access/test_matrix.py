"""The matrix against the real services: what is served, who is let in, and what is left of whoever is not."""

from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from registry.access.matrix import load_matrix
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tegata.databases import StoreUrls
from tegata.house import DATABASES, PARTIES, SYSTEMS
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.peers import system_certificate
from tests.support.services import OURS, Joined, Switchboard, joined

CALLERS = sorted({caller for line in load_matrix().lines for caller in line.callers} | set(SYSTEMS) | {"stranger"})
Pairs = set[tuple[str, str]]
MATRIX: Pairs = {(caller, line.operation) for line in load_matrix().lines for caller in line.callers}
EVERY: Pairs = {(caller, line.operation) for line in load_matrix().lines for caller in CALLERS}


def served(app: Litestar) -> dict[str, str | None]:
    """Return the paths that a service answers to POST, with the operation each names."""
    found: dict[str, str | None] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if "POST" in handler.http_methods:
                found[str(route.path)] = handler.opt.get("operation")
    return found


def nowhere(databases: object) -> dict[str, StoreUrls]:
    """Give addresses at which no database is: an application connects when it is first asked."""
    url = "postgresql+psycopg://nobody@localhost:1/none"
    return {database.name: StoreUrls(url, url, url, url) for database in DATABASES}


@pytest.mark.requirement("LINK-1")
async def test_routes_operations_and_lines_are_the_same(
    clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> None:
    """Every route has an operation, every operation is a line of the matrix, every line is a route under its name."""
    async with joined(nowhere, clock, entropy, tmp_path) as house:
        routes = {name: served(house.apps[name].whole) for name in OURS}

    lines = {line.operation for line in load_matrix().lines}
    for name, paths in routes.items():
        assert set(paths.values()) == {line for line in lines if line.startswith(f"{name}.")}
        assert all(path == "/" + str(operation).replace(".", "/") for path, operation in paths.items())
    assert {line.partition(".")[0] for line in lines} == {*OURS, "relay", *PARTIES}


async def answers(house: Joined, caller: str) -> dict[str, str]:
    """Return the code that one caller hears at each operation, with a message that no operation understands."""
    codes = {}
    async with httpx.AsyncClient(transport=Switchboard(house.apps, system_certificate(caller), house.asked)) as line:
        for operation in sorted(load_matrix().operations):
            system, _, verb = operation.partition(".")
            answer = await line.post(f"https://{system}/{system}/{verb}", content=b"{")
            codes[operation] = str(answer.json()["code"])
    return codes


async def recorded(house: Joined, system: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return who was not permitted what, as the trail of a system and its log of communications tell."""
    async with house.sessions[system]() as session:
        trail = await session.execute(
            select(ProvisionRecord.client_system, ProvisionRecord.operation).where(
                ProvisionRecord.outcome == "refused", ProvisionRecord.refusal == "not_permitted"
            )
        )
        log = await session.execute(
            select(CommunicationRecord.peer, CommunicationRecord.operation).where(
                CommunicationRecord.direction == "in", CommunicationRecord.outcome == "not_permitted"
            )
        )
        return [(a, b) for a, b in trail], [(str(a), str(b)) for a, b in log]


@pytest.mark.requirement("LINK-1", "LINK-9", "AUDIT-6", "AUDIT-11")
async def test_every_caller_at_every_operation(
    fresh_databases: FreshDatabases, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path
) -> None:
    """Whoever is not in a line is refused and recorded, once; whoever is in it gets past the guard."""
    async with joined(fresh_databases, clock, entropy, tmp_path) as house:
        codes = {caller: await answers(house, caller) for caller in CALLERS}
        refused = {
            (caller, operation)
            for caller in CALLERS
            for operation, code in codes[caller].items()
            if code == "not_permitted"
        }
        assert refused == EVERY - MATRIX
        for system in OURS:
            expected = sorted(pair for pair in EVERY - MATRIX if pair[1].startswith(f"{system}."))
            trail, log = await recorded(house, system)
            assert sorted(trail) == expected
            assert sorted(log) == expected


@pytest.mark.requirement("AUDIT-9")
def test_whatever_an_operator_performs_demands_one() -> None:
    """Operators have the O-edges, where the guard wants name and terminal, and no other; nobody else has one."""
    for line in load_matrix().lines:
        for_operators = line.edge.startswith("O-")
        assert ("operator" in line.callers) == for_operators
        assert len(line.callers) == 1 or not for_operators
