"""`tegata smp media`: the media ledger, work requests and exports of the mdoc file (MEDIA-13 to MEDIA-15)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import msgspec
import typer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from registry.messages.media import (
    DecideWork,
    EndMedium,
    Export,
    Exported,
    Ledger,
    LedgerQuery,
    RegisterMedium,
    RequestWork,
    WorkState,
)
from registry.messages.message import Acknowledged, Message
from tegata.commands.as_operator import Desk, at_desk
from tegata.operator import Operator, T
from wallet_sim.sealed_file import write_whole

media = typer.Typer(
    help="The media ledger, work requests and exports. Nothing leaves without a request that another person accepted.",
    no_args_is_help=True,
)
Medium = Annotated[str, typer.Option("--medium", help="Label of the medium.")]
Work = Annotated[UUID, typer.Option("--work", help="Id of the work request.")]
Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]


class End(StrEnum):
    """What became of a medium."""

    ERASED = "erased"
    DISPOSED = "disposed"


def _asking(operation: str, form: type[Message], answer: type[T], **said: object) -> Callable[[Operator], Awaitable[T]]:
    """Return the work of asking one operation; a value outside the form is told as the option's fault."""

    async def work(by: Operator) -> T:
        try:
            message = msgspec.convert({"request_id": by.request_id()} | said, form)
        except msgspec.ValidationError:
            raise typer.BadParameter("a label, place, purpose or method has up to 40 of A-Z a-z 0-9 _ . : -") from None
        return await by.ask(operation, message, answer)

    return work


@media.command()
@at_desk
def register(
    desk: Desk,
    medium: Medium,
    place: Annotated[str, typer.Option(help="Where it lies.")],
    key: Annotated[Path, typer.Option(help="PEM of its public key on P-256: contents are sealed to it.")],
) -> None:
    """
    Admit a dedicated medium to the ledger.

    Example: tegata smp media register --medium USB-0001 --place safe-2 --key usb-0001.pem
    """
    said = {"medium_id": medium, "place": place, "public_key": _point(key)}
    work = _asking("issuer.register_medium", RegisterMedium, Acknowledged, **said)
    desk.do(work)
    desk.voice.say({"medium_id": medium}, f"{medium} is in the ledger")


def _point(path: Path) -> bytes:
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError):
        raise typer.BadParameter(f"{path} holds no public key") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise typer.BadParameter("the key of a medium is on P-256")
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@media.command()
@at_desk
def request(
    desk: Desk,
    medium: Medium,
    since: Day,
    until: Day,
    purpose: Annotated[str, typer.Option(help="Why, as a code.")],
) -> None:
    """
    Ask for an export: the states of the sets that were made in a period.

    Example: tegata smp media request --medium USB-0001 --since 2026-04-01 --until 2026-04-30 --purpose audit-2026
    """
    said = {"medium_id": medium, "since": since.date(), "until": until.date(), "purpose": purpose}
    work = _asking("issuer.request_work", RequestWork, WorkState, **said)
    state = desk.do(work)
    desk.voice.say(msgspec.to_builtins(state), f"{state.work_id}: asked; another person decides")


@media.command()
@at_desk
def decide(
    desk: Desk,
    work: Work,
    accept: Annotated[bool, typer.Option("--accept/--reject", help="What was decided.")],
) -> None:
    """
    Accept or reject the request of another person.

    Example: tegata smp media decide --work 5f0c2a52-0f0e-4c0e-9d53-0f5f6f1d1a01 --accept
    """
    asking = _asking("issuer.decide_work", DecideWork, WorkState, work_id=work, accept=accept)
    state = desk.do(asking)
    desk.voice.say(msgspec.to_builtins(state), f"{state.work_id}: {state.state}")


@media.command()
@at_desk
def export(
    desk: Desk,
    work: Work,
    medium: Medium,
    out: Annotated[Path, typer.Option(help="File on the medium that is written.")],
) -> None:
    """
    Carry out an accepted request: the export, sealed to the medium's key, is written to a file.

    Example: tegata smp media export --work 5f0c2a52-0f0e-4c0e-9d53-0f5f6f1d1a01 --medium USB-0001 --out /media/export
    """
    asking = _asking("issuer.export", Export, Exported, work_id=work, medium_id=medium)
    done = desk.do(asking)
    write_whole(out, done.sealed)
    desk.voice.say({"work_id": str(done.work_id), "sets": done.sets, "file": str(out)}, f"{done.sets} sets in {out}")


@media.command()
@at_desk
def end(
    desk: Desk,
    medium: Medium,
    what: Annotated[End, typer.Option(help="What became of it.")],
    method: Annotated[str, typer.Option(help="How, as a code.")],
) -> None:
    """
    Note that a medium was erased beyond restoration, or disposed of after that.

    Example: tegata smp media end --medium USB-0001 --what erased --method overwritten-3x
    """
    said = {"medium_id": medium, "what": what.value, "method": method}
    desk.do(_asking("issuer.end_medium", EndMedium, Acknowledged, **said))
    desk.voice.say({"medium_id": medium, "what": what.value}, f"{medium}: {what.value}")


@media.command()
@at_desk
def ledger(desk: Desk) -> None:
    """
    Look through the media ledger; that is noted as an audit.

    Example: tegata smp media ledger
    """
    found = desk.do(_asking("issuer.media_ledger", LedgerQuery, Ledger))
    desk.voice.say(msgspec.to_builtins(found))
    desk.voice.table("media ledger", [msgspec.to_builtins(line) for line in found.lines])
