"""`tegata pki`: ceremonies, the check of every certificate, what ends soon, and a key that was lost."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec
import typer

from pki.ceremony import perform
from pki.check import CheckReport, check_registers
from pki.minutes import CeremonyReport
from pki.plan import read_plan
from pki.rollover import roll_over
from registry.act import new_id
from registry.messages.signers import CertificateRevoked, RecordsFound, RecordsUnderSigner, RevokeCertificate
from tegata.compose.clock import now
from tegata.compose.ground import chance
from tegata.compose.pki_check import PKI, UNUSABLE, check_everything, look_ahead
from tegata.compose.reader import read_check_settings
from tegata.play.table import open_stage
from tegata.play.telling import telling
from tegata.play.trouble import Trouble
from tegata.voice import Voice
from wallet_sim.parties.line import Human, Line

pki = typer.Typer(
    help="Certificates of the house. Exit codes: 0 all is well; 1 something is found; 2 it cannot be done.",
    no_args_is_help=True,
)

FOUND, REFUSED = 1, 2
FOLDER = Path("build/serve")
T = TypeVar("T")
House = Annotated[Path, typer.Option("--house", help="Folder of the served house.")]
Reader = Annotated[
    Path | None, typer.Option("--settings", help="JSON file with the store's read-only URL, instead of a house.")
]
State = Annotated[Path, typer.Option("--state", help="Folder that the ceremony fills.")]
Keys = Annotated[
    str, typer.Option("--keys", envvar="TEGATA_KEYS", help="Store of keys; files under the state if empty.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")]


class Cause(StrEnum):
    """Why a certificate is revoked."""

    KEY_COMPROMISE = "key_compromise"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    END_OF_CONTRACT = "end_of_contract"


@contextmanager
def _telling(*, as_json: bool) -> Iterator[Voice]:
    """Turn what cannot be done into words and an exit code; faults of the program stay what they are."""
    with telling(as_json=as_json) as voice:
        try:
            yield voice
        except (*UNUSABLE, OSError) as error:
            voice.complain(Trouble("cannot_be_done", REFUSED, str(error)))
            raise typer.Exit(REFUSED) from None


@pki.command()
def ceremony(
    plan: Annotated[Path, typer.Argument(help="The reviewed plan, in TOML.")],
    state: State,
    keys: Keys = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Make every key and certificate of a plan that is missing; witnesses compare what is printed."""
    with _telling(as_json=as_json) as voice:
        _minutes(voice, perform(read_plan(plan.read_bytes()), state=state, at=now(), random=chance, keys=keys))


@pki.command()
def rollover(
    plan: Annotated[Path, typer.Argument(help="The reviewed plan, in TOML, with the root that follows.")],
    state: State,
    keys: Keys = "",
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Make the IACA root that follows, its links with the one before it, its list, and a list of all roots."""
    with _telling(as_json=as_json) as voice:
        _minutes(voice, roll_over(read_plan(plan.read_bytes()), state, at=now(), random=chance, keys=keys))


def _minutes(voice: Voice, report: CeremonyReport) -> None:
    voice.table(
        "certificates",
        [
            {
                "file": line.file,
                "subject": line.subject,
                "SHA-256": line.fingerprint,
                "until": f"{line.not_after:%Y-%m-%d}",
                "made": "now" if line.made else "before",
            }
            for line in report.lines
        ],
    )
    answer = msgspec.to_builtins(report.lines)
    record = None if report.record is None else str(report.record)
    lines = [f"plan: SHA-256 {report.plan}"]
    if report.record is not None:
        lines.append(f"record: {report.record}, SHA-256 {report.digest}")
    voice.say({"plan": report.plan, "record": record, "digest": report.digest, "lines": answer}, *lines)


@pki.command()
def check(
    house: House = FOLDER,
    settings: Reader = None,
    registers: Annotated[Path | None, typer.Option(help="Check a ceremony's folder instead, without a store.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Hold every certificate that was ever issued against its profile, its issuer and the register once more."""
    with _telling(as_json=as_json) as voice:
        if registers is not None:
            report = check_registers(registers)
        else:
            report = asyncio.run(check_everything(read_check_settings(house, PKI, settings)))
        _say_report(voice, report)
    if report.findings:
        raise typer.Exit(FOUND)


def _say_report(voice: Voice, report: CheckReport) -> None:
    voice.table("checked", [{"profile": name, "certificates": count} for name, count in report.checked.items()])
    voice.table("findings", [asdict(each) for each in report.findings])
    voice.table("recorded, never signed", [asdict(each) for each in report.gaps])
    answer = {
        "checked": dict(report.checked),
        "findings": [asdict(each) for each in report.findings],
        "gaps": [asdict(each) for each in report.gaps],
    }
    voice.say(answer, f"{report.checked.total()} certificates, {len(report.findings)} findings")


@pki.command()
def status(
    house: House = FOLDER,
    settings: Reader = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Show what is announced, active and retired, how many days are left, and what ends soon."""
    with _telling(as_json=as_json) as voice:
        lines = asyncio.run(look_ahead(read_check_settings(house, PKI, settings)))
        rows = [asdict(line) for line in lines]
        voice.table("certificates", rows)
        alarms = [line for line in lines if line.alarm]
        voice.say({"certificates": rows, "alarms": len(alarms)}, f"{len(alarms)} end soon without a successor")
    if alarms:
        raise typer.Exit(FOUND)


@pki.command()
def compromised(
    serial: Annotated[str, typer.Argument(help="Serial number of the certificate, in hex.")],
    operator: Annotated[str, typer.Option(help="Who acts.")],
    terminal: Annotated[str, typer.Option(help="Where.")],
    cause: Annotated[Cause, typer.Option(help="Why.")] = Cause.KEY_COMPROMISE,
    house: House = FOLDER,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Revoke a certificate, which is listed at once, and list every record that was issued under it."""
    human = Human(operator, terminal)

    async def work(line: Line) -> tuple[CertificateRevoked, list[UUID]]:
        message = RevokeCertificate(request_id=new_id(chance), serial=serial.lower(), cause=cause.value)
        revoked = await line.send("pki.revoke_certificate", message, CertificateRevoked, human=human)
        return revoked, await _records(line, serial.lower(), human)

    with _telling(as_json=as_json) as voice:
        revoked, records = _as_operator(house, work)
        voice.table("records under it", [{"record": each} for each in records])
        number = "no list" if revoked.list_number is None else f"list {revoked.list_number}"
        answer = msgspec.to_builtins(revoked) | {"record_ids": [str(each) for each in records]}
        voice.say(answer, f"{revoked.profile} revoked since {revoked.since:%Y-%m-%d %H:%M}Z ({number})")


def _as_operator(house: Path, work: Callable[[Line], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_stage(house) as stage:
            return await work(stage.line("operator"))

    return asyncio.run(run())


async def _records(line: Line, serial: str, human: Human) -> list[UUID]:
    found: list[UUID] = []
    more = True
    while more:
        question = RecordsUnderSigner(request_id=new_id(chance), serial=serial, after=found[-1] if found else None)
        page = await line.send("issuer.records_under_signer", question, RecordsFound, human=human)
        found, more = found + page.record_ids, page.more
    return found
