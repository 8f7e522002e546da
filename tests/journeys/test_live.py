"""
A house of real processes, real sockets and TLS.

A record is issued, presented, suspended and released; then every process is killed at every step of issuing: nothing is
lost, nothing is doubled. One house serves the whole file, because a house takes seconds to start.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import make_url

from tegata import supervise
from tegata.compose.clock import now
from tegata.demo.issue import NotIssued, apply_with_card, buy_phone, current_set, fetch_records, issue_all
from tegata.demo.lapse import read_notices
from tegata.demo.phone_maker import publish_of_phone
from tegata.demo.present import present
from tegata.demo.stage import Holder
from tegata.demo.start import Running
from tegata.demo.suspend import suspend_and_release
from tests.journeys.handbook import run_examples
from tests.journeys.operators import (
    ask_by_serial,
    lose_a_key,
    read_everything,
    scrape,
    take_out,
    turn_the_key,
    verify_trails,
)
from tests.journeys.sockets import house_of, live
from tests.journeys.steps import STEPS, Scene, ask_database, seen
from tests.tls.certificates import SmallAuthority
from wallet_sim.answers import Unanswered
from wallet_sim.parties.line import mutual_tls


@pytest.fixture(scope="module")
def running(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A house of real processes."""
    with house_of(server, tmp_path_factory.mktemp("house")) as made:
        yield made


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


@pytest.mark.requirement("LINK-4", "MDOC-62", "FUHYO-6")
def test_no_process_knows_more_than_its_own_store(running: Running) -> None:
    """Settings name one store with its own role, the environment none; the edge has no way to PostgreSQL at all."""
    services = {service.name: service for service in running.house.services()}
    for name, service in services.items():
        urls = service.settings["database_urls"]
        assert isinstance(urls, dict)
        own = name.removesuffix("-worker").removesuffix("-public").removesuffix("-sweep")
        assert set(urls) <= {own, *(["fuhyo_tmp"] if name == "fuhyo" else [])}
        pid = running.supervisor.pid(name)
        assert b"postgresql" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert services["edge"].settings["database_urls"] == {}
    port = make_url(running.house.urls["issuer"].app).port or 5432  # PostgreSQL's own
    assert _connected(running.supervisor.pid("edge"), port) == 0
    assert _connected(running.supervisor.pid("issuer-worker"), port) > 0


@pytest.mark.requirement("CARD-19", "CARD-22", "CARD-24", "MDOC-51")
async def test_the_call_centres_handbook_is_true(running: Running, tmp_path: Path) -> None:
    """Every command of docs/call-centre.md gives the answer that stands there, and each refusal is on record."""
    async with live(running, now(), seed="handbook") as house:
        (holder,) = await house.card_holders(1)
    (tmp_path / "caller.json").write_bytes(msgspec.json.encode(holder.resident.four_items))
    ports = running.house.ports
    variables = {name.upper(): f"https://{name}.tegata.internal:{ports[name]}" for name in ("card", "pki", "issuer")}

    examples = await asyncio.to_thread(
        run_examples, "call-centre.md", tmp_path, {"HOUSE": str(running.house.state.parent), **variables}
    )

    assert len(examples) == 15
    assert [example.command for example in examples if not example.same()] == []
    assert not any(number in example.heard for example in examples for number in NUMBERS)
    for system, refusals in REFUSED.items():
        said = "SELECT operation, refusal FROM provision_record WHERE client_system = 'call-centre'"
        rows = ask_database(running.house.urls[system].check, f"{said} AND outcome = 'refused' ORDER BY at")
        assert [f"{operation}: {code}" for operation, code in rows] == refusals


NUMBERS = ("individual_number", "123456789018")
REFUSED = {
    "card": [
        "card.look_up: look_up_without_result",
        "card.look_up: malformed_request",
        "card.suspend: caller_not_identified",
        "card.suspend: caller_not_identified",
    ],
    "pki": [
        "pki.suspend_mdoc: key_reused",
        "pki.suspend_mdoc: number_not_allowed",
        "pki.suspend_mdoc: malformed_request",
        "pki.hold: certificate_unknown",
    ],
    "issuer": ["issuer.jpki_event: not_permitted"],
}


@pytest.mark.requirement("MDOC-28", "AUDIT-16", "OPS-4")
async def test_an_operator_asks(running: Running, tmp_path: Path) -> None:
    """Found by serial or application, explained, counted; an unknown serial is refused; every look has its operator."""
    await ask_by_serial(running, tmp_path)


@pytest.mark.requirement("MDOC-60")
async def test_who_operates_reads_nobodys_data(running: Running, tmp_path: Path) -> None:
    """Of everything the checking role of the issuer may read, no column is sealed and no value is of a person."""
    await read_everything(running, tmp_path)


@pytest.mark.requirement("MDOC-38", "MDOC-39", "MDOC-41", "MDOC-66")
async def test_a_signer_is_lost(running: Running, tmp_path: Path) -> None:
    """By one command: revoked and listed, its records named, ended and announced; the next signer serves the holder."""
    await lose_a_key(running, tmp_path)


@pytest.mark.requirement("AUDIT-17")
async def test_processes_are_measured(running: Running) -> None:
    """Listener, worker and edge each show their own counters, gauges and certificates, on loopback alone."""
    await scrape(running)


@pytest.mark.requirement("MEDIA-13", "MEDIA-14", "MEDIA-15")
async def test_an_export_needs_a_medium_and_a_second_person(running: Running, tmp_path: Path) -> None:
    """Registered, asked, accepted by another, taken out, erased, disposed of: each by command, and refused before."""
    await take_out(running, tmp_path)


@pytest.mark.requirement("MDOC-60")
async def test_a_new_wrapping_key_under_running_processes(running: Running) -> None:
    """The key is made, the data keys stand under it, and both processes of the issuer start again with it alone."""
    await turn_the_key(running)


def _connected(pid: int | None, port: int) -> int:
    """Count the sockets of a process whose other end is a port on this machine."""
    links = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ours = {f"socket:[{fields[9]}]" for fields in map(str.split, lines) if fields[2].endswith(f":{port:04X}")}
    return len(links & ours)


@pytest.mark.requirement("MDOC-51", "MDOC-53", "MDOC-56", "MDOC-57")
async def test_a_record_lives_over_sockets(running: Running, tmp_path: Path) -> None:
    """Issued, presented VALID, heard SUSPENDED after the call, refused by a proper phone, VALID after the release."""
    async with live(running, now(), seed="sockets") as house:
        stage = house.stage
        (holder,) = await house.card_holders(1)
        await issue_all(stage, [holder], tmp_path / "phones", lambda _: None)
        presented = await present(stage, holder)
        told = await suspend_and_release(stage, holder)

    assert presented.verdict.status == "VALID"
    assert set(presented.verdict.elements["org.iso.23220.1"]) == {"age_over_20", "birth_date"}
    assert (told.after_report, told.proper_phone, told.after_release) == ("SUSPENDED", "suspended", "VALID")


@pytest.mark.requirement("MDOC-2", "MDOC-23")
async def test_a_phone_is_revoked_by_its_maker(running: Running, tmp_path: Path) -> None:
    """Its maker's list reaches the issuer over HTTPS: refused while it stands there, issued to when it is lifted."""
    async with live(running, now(), seed="makers") as house:
        stage = house.stage
        (holder,) = await house.card_holders(1)
        phone = buy_phone(stage, holder, tmp_path / "phones")
        await publish_of_phone(stage, phone, "SUSPENDED")
        with pytest.raises(NotIssued, match="key_attestation_revoked"):
            await fetch_records(stage, holder, await apply_with_card(stage, holder))
        await publish_of_phone(stage, phone, None)
        await fetch_records(stage, holder, await apply_with_card(stage, holder))
    assert current_set(holder) is not None


@pytest.mark.requirement("MDOC-16", "MDOC-19", "MDOC-25", "AUDIT-20")
async def test_nothing_is_lost_and_nothing_is_doubled(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Kill -9 of every process at each step of issuing: the counts at the end are those of an undisturbed house.

    The trail of every store is chained without a gap, whoever died at it.
    """
    monkeypatch.setattr(supervise, "_HEALTHY_SECONDS", 0.5)
    async with live(running, now()) as house:
        holders = await house.card_holders(len(STEPS))
        before = counts(Scene(house, holders[0]).owner)
        for name, holder in zip(STEPS, holders, strict=True):
            buy_phone(house.stage, holder, tmp_path / "phones")
            await at_step(Scene(house, holder), name)
        scene = Scene(house, holders[0])
        await scene.seen(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM issuer.outbox_message WHERE acknowledged_at IS NULL)"
        )
        check(scene, holders, before)
        await verify_trails(running)


COUNTED = {
    "SELECT count(*) FROM issuer.mdoc_application WHERE application_status = 'completed'": 1,
    "SELECT count(*) FROM issuer.mdoc_application": 1,
    "SELECT count(*) FROM issuer.mdoc_management WHERE mdoc_status = 'active'": 1,
    "SELECT count(*) FROM issuer.mdoc_management": 1,
    "SELECT count(*) FROM issuer.issuance WHERE state = 'released'": 1,
    "SELECT count(*) FROM issuer.issued_record": 10,
    "SELECT count(DISTINCT (status_list_id, status_idx)) FROM issuer.issued_record": 10,
}
"""What one holder adds to the issuer's tables."""


def counts(owner: str) -> list[int]:
    """Count what the issuer keeps."""
    return [int(str(ask_database(owner, query)[0][0])) for query in COUNTED]


def check(scene: Scene, holders: list[Holder], before: list[int]) -> None:
    """Hold phones, issuer and municipalities against each other."""
    sets = [current_set(holder) for holder in holders]
    assert [len(found.records) for found in sets if found] == [10] * len(holders)
    assert [len(holder.vault.state.sets) for holder in holders if holder.vault] == [1] * len(holders)
    added = [now - then for now, then in zip(counts(scene.owner), before, strict=True)]
    assert added == [each * len(holders) for each in COUNTED.values()]
    state = scene.house.stage.state
    for holder in holders:
        notices = read_notices(state, holder.resident.municipality_code)
        mine = [each.event for each in notices if each.card_issue_number == holder.card_issue_number]
        assert mine == ["issued"]
    supervisor = scene.house.running.supervisor
    assert all(supervisor.restarts(service.name) >= len(holders) for service in scene.house.running.house.services())
