"""What operators do with a running house, by command, and what they can read of it."""

import asyncio
import json
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificate
from typer.testing import CliRunner, Result

from mdoc import cose
from mdoc.issuer_signed import decode_issuer_signed
from pki.trust.revocation import State, state_of
from registry.messages.smp import AskCompromised, MunicipalityNotice, PublicNotices
from tegata.cli import app
from tegata.compose.clock import now
from tegata.demo.issue import apply_with_card, current_set, fetch_records, issue_all
from tegata.demo.lapse import read_notices
from tegata.demo.present import MISBEHAVING, meet, present
from tegata.demo.stage import Holder, Stage
from tegata.demo.start import Running
from tegata.house import SEALING
from tegata.serve.house_file import write_house
from tests.journeys.sockets import MEASURED, live
from tests.journeys.steps import ask_database
from wallet_sim.reader import Received
from wallet_sim.relying_party.verify_call import verify


async def ask_by_serial(running: Running, tmp_path: Path) -> None:
    """Found by serial or application, explained, counted; an unknown serial is refused; every look has its operator."""
    async with live(running, now(), seed="operator") as house:
        (holder,) = await house.card_holders(1)
        await issue_all(house.stage, [holder], tmp_path / "phones", lambda _: None)
        view = await house.stage.call_centre().look_up(holder.resident.four_items, "check-7")
    serial = view.signing_certificate_serial

    found = await operate(running, "find", "--serial", serial)
    assert [step["what"] for step in found["history"]] == ["issued", "active"]
    assert await operate(running, "find", "--application", found["application_id"]) == found | {"request_id": ANY}
    told = await operate(running, "renewals", "--serial", serial)
    assert (told["days"], told["hindrance"], told["mdoc_status"]) == ([], None, "active")
    assert (await operate(running, "daily"))["state"] == "done"
    compared = await operate(running, "reconcile", "--again")
    assert compared["state"] in ("running", "done")
    assert (await typed(running, "reconcile", "--day", "2020-01-01")).exit_code == 1
    assert (await operate(running, "counts"))["counts"]["mdoc.valid"] >= 1
    refused = await typed(running, "find", "--serial", "00ff", "--json")
    assert (refused.exit_code, json.loads(refused.stderr)["error"]) == (1, "application_unknown")
    for words in (("find", "--serial", serial), ("renewals", "--serial", serial), ("daily",), ("counts",)):
        assert (await typed(running, *words)).exit_code == 0
    assert (await typed(running, "find", "--serial", "XYZ")).exit_code == 2
    looks = "SELECT DISTINCT operator, terminal FROM provision_record WHERE client_system = 'operator'"
    assert ask_database(running.house.urls["issuer"].check, looks) == [("suzuki", "desk-3")]


async def verify_trails(running: Running) -> None:
    """Every entry of every store finds its link, and every chain verifies under the key of its store."""
    state = running.house.state
    for store in SEALING:
        line = ["audit", "verify", store, "--house", str(state.parent), "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, app, line)
        answer = json.loads(result.stdout)
        assert (store, result.exit_code, answer["findings"]) == (store, 0, [])
        signed = {each["trail"]: each["signed_up_to"] for each in answer["trails"] if each["links"]}
        assert all(signed.values())
        assert signed or store == "fuhyo"  # nobody asked there


async def read_everything(running: Running, tmp_path: Path) -> None:
    """Of everything the checking role of the issuer may read, no column is sealed and no value is of a person."""
    async with live(running, now(), seed="nobody") as house:
        (holder,) = await house.card_holders(1)
        await issue_all(house.stage, [holder], tmp_path / "phones", lambda _: None)
    check = running.house.urls["issuer"].check
    readable = (
        "SELECT table_name, column_name FROM information_schema.column_privileges"
        " WHERE grantee = current_user AND privilege_type = 'SELECT'"
    )
    columns = {(str(table), str(column)) for table, column in ask_database(check, readable)}
    assert ("mdoc_management", "mdoc_status") in columns
    assert not {one for one in columns if one[1] in SEALED}
    read = [ask_database(check, f'SELECT "{column}" FROM issuer.{table}') for table, column in sorted(columns)]  # noqa: S608 - names of the catalogue
    shown, items = "".join(map(str, read)), holder.resident.four_items
    assert str(holder.card_issue_number) not in shown
    assert not [text for text in (items.name, items.address, items.birth_date.isoformat()) if text in shown]


SEALED = {
    "four_info",
    "individual_number",
    "face_photo_card",
    "birth_date",
    "name",
    "address",
    "sex",
    "sealed",
    "wrapped",
}


async def scrape(running: Running) -> None:
    """Listener, worker and edge each show their own counters, gauges and certificates, on loopback alone."""
    assert (await typed(running, "counts")).exit_code == 0
    shown = {}
    async with httpx.AsyncClient(trust_env=False) as scraper:
        for name in MEASURED:
            port = running.house.terms[name]["metrics_port"]
            shown[name] = (await scraper.get(f"http://127.0.0.1:{port}/metrics")).text
            assert bound_to(int(port)) == {"0100007F"}
    assert 'tegata_requests_total{operation="issuer.counts",outcome="done"}' in shown["issuer"]
    assert "tegata_outbox_waiting" in shown["issuer"]
    assert 'tegata_steps_total{operation="renew",outcome="done"}' in shown["issuer-worker"]
    assert 'tegata_certificate_days_left{certificate="document_signer"}' in shown["issuer-worker"]
    assert "tegata_status_list_age_seconds" in shown["issuer-worker"]
    assert 'tegata_certificate_days_left{certificate="edge"}' in shown["edge"]
    assert "tegata_outbox" not in shown["edge"]


def bound_to(port: int) -> set[str]:
    """The addresses at which somebody listens on a port, as the kernel writes them."""
    tables = [Path(name).read_text().splitlines()[1:] for name in ("/proc/net/tcp", "/proc/net/tcp6")]
    fields = [line.split() for table in tables for line in table]
    return {one[1].split(":")[0] for one in fields if one[1].endswith(f":{port:04X}") and one[3] == "0A"}


async def take_out(running: Running, tmp_path: Path) -> None:
    """Registered, asked, accepted by another, taken out, erased, disposed of: each by command, and refused before."""
    pem = ec.generate_private_key(ec.SECP256R1()).public_key()
    (tmp_path / "key").write_bytes(pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    medium, out = ("--medium", "USB-0001"), ("--out", str(tmp_path / "export"))
    period = ("--since", "2026-01-01", "--until", "2999-12-31", "--purpose", "audit")
    assert (await typed(running, "media", "request", *medium, *period)).exit_code == 1
    register = ("media", "register", *medium, "--place", "safe-2", "--key")
    assert (await typed(running, *register, str(tmp_path / "none"))).exit_code == 2
    await operate(running, *register, str(tmp_path / "key"))
    work = ("--work", (await operate(running, "media", "request", *medium, *period))["work_id"])
    for words in (("export", *work, *medium, *out), ("decide", *work, "--accept")):
        assert (await typed(running, "media", *words)).exit_code == 1
    await operate(running, "media", "decide", *work, "--accept", who="tanaka")
    assert (await operate(running, "media", "export", *work, *medium, *out))["file"] == out[1]
    assert (tmp_path / "export").stat().st_size > 80
    end = ("media", "end", *medium, "--method", "shredded", "--what")
    assert (await typed(running, *end, "disposed")).exit_code == 1
    for what in ("erased", "disposed"):
        await operate(running, *end, what)
    lines = (await operate(running, "media", "ledger"))["lines"]
    assert [line["what"] for line in lines] == ["registered", "written", "erased", "disposed", "audited"]


async def lose_a_key(running: Running, tmp_path: Path) -> None:
    """A signer is lost: revoked, its records named and ended, told to everybody; the next signer follows."""
    async with live(running, now(), seed="compromise") as house:
        stage = house.stage
        (holder,) = await house.card_holders(1)
        await issue_all(stage, [holder], tmp_path / "phones", lambda _: None)
        lost, shown, ids = signer_of(holder), await meet(stage, holder, MISBEHAVING), records_of(running, holder)
        serial = f"{lost.serial_number:x}"
        answer = await revoke(running, serial)
        assert (answer["profile"], answer["authority"]) == ("document signer", "iaca")
        assert ids <= set(answer["record_ids"])
        assert state_of(lost, await list_of(running), issuer=root_of(running), at=now()) is State.REVOKED

        await stage.network.until(lambda: heard(stage, shown, "INVALID"), "the end of the records")
        notices = await stage.network.public().post("/public-notices", AskCompromised(), PublicNotices)
        assert [one.cause for one in notices.notices if one.signer == serial] == ["leaked"]
        assert await phone_and_municipality(stage, holder) == ("revoked", "39-11(2)")

        again = await fetch_records(stage, holder, await apply_with_card(stage, holder))
        assert again.status == "active"
        assert signer_of(holder).serial_number != lost.serial_number
        assert (await present(stage, holder)).verdict.status == "VALID"
    assert (await revoke(running, serial)) == answer | {"request_id": ANY}
    refused = await typed_pki(running, "compromised", "00ff")
    assert (refused.exit_code, json.loads(refused.stderr)["error"]) == (1, "certificate_unknown")


def signer_of(holder: Holder) -> Certificate:
    """The document signer of the records in use."""
    found = current_set(holder)
    assert found is not None
    (der,) = cose.chain(decode_issuer_signed(found.records[0].issuer_signed).issuer_auth, "issuerAuth")
    return load_der_x509_certificate(der)


def records_of(running: Running, holder: Holder) -> set[str]:
    """The ids under which the issuer keeps the records in use."""
    found = current_set(holder)
    assert found is not None
    query = f"SELECT record_id FROM issuer.issued_record WHERE mdoc_id = '{found.set_id}'"  # noqa: S608 - our own id
    rows = {str(row[0]) for row in ask_database(running.house.urls["issuer"].check, query)}
    assert len(rows) == len(found.records)
    return rows


async def revoke(running: Running, serial: str) -> dict[str, Any]:
    """The answer of `tegata pki compromised` for a certificate that exists."""
    result = await typed_pki(running, "compromised", serial)
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


async def typed_pki(running: Running, *words: str) -> Result:
    """What one command of an operator of the IACA answers."""
    folder = running.house.state.parent
    write_house(folder, running.house)
    who = ["--operator", "suzuki", "--terminal", "desk-3", "--json"]
    return await asyncio.to_thread(CliRunner().invoke, app, ["pki", *words, "--house", str(folder), *who])


async def list_of(running: Running) -> bytes:
    """The revocation list of the IACA as anybody may fetch it."""
    async with httpx.AsyncClient(trust_env=False) as anybody:
        answer = await anybody.get(f"http://localhost:{running.house.ports['pki-public']}/crl/iaca.crl")
    return answer.content


def root_of(running: Running) -> Certificate:
    """The root of the IACA."""
    return load_pem_x509_certificate((running.house.state / "trust" / "iaca.pem").read_bytes())


async def heard(stage: Stage, shown: Received, status: str) -> bool:
    """Whether a relying party that was shown records hears this of them now."""
    (verdict,) = await verify(stage.network.public(), shown)
    return verdict.status == status


async def phone_and_municipality(stage: Stage, holder: Holder) -> tuple[str, str | None]:
    """What the phone says of the records that ended, and the cause that the municipality was told."""
    wallet, told = stage.wallet(holder), list[MunicipalityNotice]()

    async def both() -> bool:
        await wallet.collect()
        mine = read_notices(stage.state, holder.resident.municipality_code)
        lapsed = (holder.card_issue_number, "lapsed")
        told[:] = [each for each in mine if (each.card_issue_number, each.event) == lapsed]
        return bool(told) and wallet.state.sets[-1].status == "revoked"

    await stage.network.until(both, "the lapse notices")
    return str(wallet.state.sets[-1].status), told[0].cause


async def turn_the_key(running: Running) -> None:
    """The key is made, the data keys stand under it, and both processes of the issuer start again with it alone."""
    keys = running.house.state / "keys"
    made = await asyncio.to_thread(CliRunner().invoke, app, ["keys", "wrapping", "issuer", "--keys", keys.as_uri()])
    assert made.exit_code == 0, made.stderr
    assert (await operate(running, "rewrap"))["rewrapped"] == 2
    assert (await operate(running, "rewrap"))["standing"] == 2
    (keys / "issuer" / "wrapping.key").unlink()
    assert (await typed(running, "counts")).exit_code == 0
    for name in ("issuer", "issuer-worker"):
        running.supervisor.kill(name)
    await asyncio.sleep(0.2)
    for name in ("issuer", "issuer-worker"):
        await asyncio.to_thread(running.supervisor.wait_ready, name)
    refused = await typed(running, "find", "--serial", "00ff", "--json")
    assert json.loads(refused.stderr)["error"] == "application_unknown"


async def typed(running: Running, *words: str, who: str = "suzuki") -> Result:
    """What one command of an operator answers."""
    folder = running.house.state.parent
    write_house(folder, running.house)
    command = ["smp", *words, "--house", str(folder), "--operator", who, "--terminal", "desk-3"]
    return await asyncio.to_thread(CliRunner().invoke, app, command)


async def operate(running: Running, *words: str, who: str = "suzuki") -> dict[str, Any]:
    """The JSON answer of a command that must succeed."""
    result = await typed(running, *words, "--json", who=who)
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer
