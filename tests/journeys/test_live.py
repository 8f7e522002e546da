"""
A house of real processes, real sockets and TLS.

Every process is killed at every step of issuing: nothing is lost, nothing is doubled. One house serves the whole file,
because a house takes seconds to start.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from tegata import supervise
from tegata.compose.ground import now
from tegata.databases import plain_url
from tegata.demo.issue import apply_with_card, buy_phone, current_set, fetch_records
from tegata.demo.lapse import read_notices
from tegata.demo.stage import Holder
from tegata.demo.start import Running
from tests.journeys.sockets import Live, house_of, live
from tests.tls.certificates import SmallAuthority
from wallet_sim.answers import Unanswered
from wallet_sim.parties.line import mutual_tls

PATIENCE = 20.0


@pytest.fixture(scope="module")
def running(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A house of real processes."""
    with house_of(server, tmp_path_factory.mktemp("house")) as made:
        yield made


async def seen(url: str, query: str) -> None:
    """Wait until a query gives a row; raises TimeoutError."""
    end = time.monotonic() + PATIENCE
    while not _ask(url, query):
        if time.monotonic() > end:
            raise TimeoutError(query)
        await asyncio.sleep(0.02)


@dataclass
class Scene:
    """One holder's application, and the house it meets."""

    house: Live
    holder: Holder

    @property
    def owner(self) -> str:
        """Where the owner of the issuer's database logs in."""
        return plain_url(self.house.running.house.urls["issuer"].owner)

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Ask the issuer's database."""
        return _ask(self.owner, query)

    async def seen(self, query: str) -> None:
        """Wait until a query gives a row."""
        await seen(self.owner, query)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Stop a process; whoever is killed meanwhile starts again and runs."""
        pid = self.house.running.supervisor.pid(name)
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    @asynccontextmanager
    async def barred(self, table: str) -> AsyncIterator[None]:
        """Bar the way to a table: whoever wants to write it waits, until everybody has been killed."""
        with psycopg.connect(self.owner) as connection:
            connection.execute(f"LOCK TABLE issuer.{table} IN EXCLUSIVE MODE".encode())
            yield
            connection.rollback()

    async def waiting(self, table: str) -> None:
        """Wait until somebody stands before a barred table."""
        locks = "SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = relation WHERE NOT granted"
        await self.seen(f"{locks} AND relname = '{table}'")


Held = Callable[[Scene], AsyncGenerator[None, None]]
STEPS: dict[str, Held] = {}


def step(at: Held) -> Held:
    """Add a step at which everybody is killed."""
    STEPS[at.__name__] = at
    return at


@step
async def before_it_is_registered(scene: Scene) -> AsyncGenerator[None, None]:
    """The application has been sent, and the issuer has not read it."""
    with scene.stopped("issuer"):
        yield
        await asyncio.sleep(0.5)
        yield


@step
async def registered(scene: Scene) -> AsyncGenerator[None, None]:
    """The application is stored, nobody has looked at it."""
    with scene.stopped("issuer-worker"):
        yield
        await scene.seen("SELECT 1 FROM issuer.mdoc_application WHERE application_status = 'received'")
        yield


@step
async def while_it_is_verified(scene: Scene) -> AsyncGenerator[None, None]:
    """The card system was asked and has not answered."""
    with scene.stopped("card"):
        yield
        await scene.seen("SELECT 1 FROM issuer.mdoc_application WHERE application_status = 'verifying'")
        await asyncio.sleep(0.3)
        yield


@step
async def before_intents_are_recorded(scene: Scene) -> AsyncGenerator[None, None]:
    """The application is accepted and claimed; what will be signed is not recorded yet."""
    async with scene.barred("issuance_intent"):
        yield
        await scene.waiting("issuance_intent")
        yield


@step
async def after_signing(scene: Scene) -> AsyncGenerator[None, None]:
    """Ten records are signed, and none is stored."""
    async with scene.barred("issued_record"):
        yield
        await scene.waiting("issued_record")
        yield


@step
async def before_the_push(scene: Scene) -> AsyncGenerator[None, None]:
    """The sealed bundle waits in the outbox."""
    with scene.stopped("relay"):
        yield
        await scene.seen(
            "SELECT 1 FROM issuer.outbox_message WHERE operation = 'relay.push' AND acknowledged_at IS NULL"
        )
        yield


@step
async def before_the_confirmation(scene: Scene) -> AsyncGenerator[None, None]:
    """The phone has fetched its records; the issuer has not taken the confirmation."""
    async with scene.barred("holder_credential_history"):
        yield
        await scene.waiting("holder_credential_history")
        yield


@step
async def before_the_municipality_hears(scene: Scene) -> AsyncGenerator[None, None]:
    """The records are in use; the notice of paragraph 12 waits in the outbox."""
    with scene.stopped("municipal-cs"):
        yield
        await scene.seen(
            "SELECT 1 FROM issuer.outbox_message"
            " WHERE operation = 'municipal-cs.mdoc_notice' AND acknowledged_at IS NULL"
        )
        yield


async def issue(scene: Scene) -> None:
    """Apply and go on until the records are in use, whatever happens meanwhile."""
    stage, holder = scene.house.stage, scene.holder
    while not (made := holder.vault.state.enrolments if holder.vault else []):
        with suppress(Unanswered):  # what was signed is kept on the phone; without a nonce nothing was
            await apply_with_card(stage, holder)
        await asyncio.sleep(0.1)
    await fetch_records(stage, holder, made[-1])


async def kill_everybody(running: Running) -> None:
    """SIGKILL to every process, at once; return when all of them run again."""
    names = [service.name for service in running.house.services()]
    for name in names:
        running.supervisor.kill(name)
    await asyncio.sleep(0.05)
    for name in names:
        await asyncio.to_thread(running.supervisor.wait_ready, name)


async def at_step(scene: Scene, name: str) -> None:
    """
    Hold the house just before a step, start an application, and kill everybody when it has got there.

    A step is a generator: its first yield means "held", its second "reached"; it lets go when it is closed. Then the
    phone goes on until its records are in use.
    """
    held = STEPS[name](scene)
    await anext(held)
    applying = asyncio.create_task(issue(scene))
    try:
        await anext(held)
        await kill_everybody(scene.house.running)
    finally:
        await held.aclose()
    await asyncio.wait_for(applying, 60)


@pytest.mark.requirement("LINK-9", "LINK-10", "AUDIT-11")
async def test_a_foreign_certificate_fails_in_the_handshake(running: Running, tmp_path: Path) -> None:
    """A certificate of another CA gets no answer and leaves a row; plaintext gets no answer either."""
    juki = SmallAuthority(tmp_path / "foreign", "Foreign CA").issue("juki")
    context = mutual_tls(juki.certificate, juki.key, running.house.state / "trust" / "systems_ca.pem")
    address = running.house.addresses["number"]

    async with httpx.AsyncClient(verify=context, trust_env=False) as stranger:
        with pytest.raises(httpx.HTTPError):
            await stranger.post(f"{address}/number/generate", extensions={"sni_hostname": "number.tegata.internal"})
    rows = "SELECT outcome FROM communication_record WHERE outcome LIKE 'handshake_failed:certificate not accepted%'"
    await seen(running.house.urls["number"].check, rows)
    async with httpx.AsyncClient(trust_env=False) as plain:
        with pytest.raises(httpx.HTTPError):
            await plain.get(address.replace("https", "http") + "/health")


@pytest.mark.requirement("LINK-4", "MDOC-62")
def test_no_process_knows_more_than_its_own_store(running: Running) -> None:
    """Settings name one store with its own role, the environment none; the edge has no way to PostgreSQL at all."""
    services = {service.name: service for service in running.house.services()}
    for name, service in services.items():
        urls = service.settings["database_urls"]
        assert isinstance(urls, dict)
        assert set(urls) <= {name.removesuffix("-worker").removesuffix("-public")}
        pid = running.supervisor.pid(name)
        assert b"postgresql" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert services["edge"].settings["database_urls"] == {}
    port = make_url(running.house.urls["issuer"].app).port or 5432  # PostgreSQL's own
    assert _connected(running.supervisor.pid("edge"), port) == 0
    assert _connected(running.supervisor.pid("issuer-worker"), port) > 0


def _ask(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(plain_url(url)) as connection:
        return connection.execute(query.encode()).fetchall()


def _connected(pid: int | None, port: int) -> int:
    """Count the sockets of a process whose other end is a port on this machine."""
    links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ours = {f"socket:[{fields[9]}]" for fields in map(str.split, lines) if fields[2].endswith(f":{port:04X}")}
    return len(links & ours)


@pytest.mark.requirement("MDOC-16", "MDOC-19", "MDOC-25", "AUDIT-20")
async def test_nothing_is_lost_and_nothing_is_doubled(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kill -9 of every process at each step of issuing: the counts at the end are those of an undisturbed house."""
    monkeypatch.setattr(supervise, "_HEALTHY_SECONDS", 0.5)
    async with live(running, now()) as house:
        holders = await house.card_holders(len(STEPS))
        for name, holder in zip(STEPS, holders, strict=True):
            buy_phone(house.stage, holder, tmp_path / "phones")
            await at_step(Scene(house, holder), name)
        scene = Scene(house, holders[0])
        await scene.seen(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM issuer.outbox_message WHERE acknowledged_at IS NULL)"
        )
        check(scene, holders)


def check(scene: Scene, holders: list[Holder]) -> None:
    """Hold phones, issuer and municipalities against each other."""
    count = len(holders)
    sets = [current_set(holder) for holder in holders]
    assert [len(found.records) for found in sets if found] == [10] * count
    assert [len(holder.vault.state.sets) for holder in holders if holder.vault] == [1] * count
    expected = {
        "SELECT count(*) FROM issuer.mdoc_application WHERE application_status = 'completed'": count,
        "SELECT count(*) FROM issuer.mdoc_application": count,
        "SELECT count(*) FROM issuer.mdoc_management WHERE mdoc_status = 'active'": count,
        "SELECT count(*) FROM issuer.mdoc_management": count,
        "SELECT count(*) FROM issuer.issuance WHERE state = 'released'": count,
        "SELECT count(*) FROM issuer.issued_record": 10 * count,
        "SELECT count(DISTINCT (status_list_id, status_idx)) FROM issuer.issued_record": 10 * count,
    }
    found = {query: scene.ask(query)[0][0] for query in expected}
    assert found == expected
    state = scene.house.stage.state
    for holder in holders:
        notices = read_notices(state, holder.resident.municipality_code)
        mine = [each.event for each in notices if each.card_issue_number == holder.card_issue_number]
        assert mine == ["issued"]
    supervisor = scene.house.running.supervisor
    assert all(supervisor.restarts(service.name) >= count for service in scene.house.running.house.services())
