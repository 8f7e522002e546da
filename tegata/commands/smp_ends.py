"""`tegata smp wrong-record` and `tegata smp compromise`: what an operator ends for good (O-9, O-11)."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from registry.messages.smp import CompromiseReport, DeclareCompromise, RecordsLapsed, WrongRecord
from tegata.commands.as_operator import Desk, at_desk
from tegata.commands.smp_question import ByApplication, Serial, question
from tegata.operator import Operator


class Finding(StrEnum):
    """What was found of a record."""

    WRONG_ITEM = "wrong_item"
    WRONG_PERSON = "wrong_person"
    MISSING_RECORD = "missing_record"


@at_desk
def wrong_record(
    desk: Desk,
    finding: Annotated[Finding, typer.Option(help="What was found.")],
    serial: Serial = None,
    application: ByApplication = None,
) -> None:
    """
    End records in which something wrong was found, or of which one is missing (cause 9-4). Final: nothing leads back.

    Example: tegata smp wrong-record --finding wrong_item --serial 0b51c2d3e4f5a697
    """

    async def work(by: Operator) -> RecordsLapsed:
        asked = msgspec.structs.asdict(question(by, serial, application))
        return await by.ask("issuer.wrong_record", WrongRecord(finding=finding.value, **asked), RecordsLapsed)

    told = desk.do(work)
    desk.voice.say(msgspec.to_builtins(told), f"{len(told.set_ids)} sets of records lost effect by cause {told.cause}")


class Cause(StrEnum):
    """What happened to a key."""

    LEAKED = "leaked"
    LOST = "lost"
    DAMAGED = "damaged"


@at_desk
def compromise(
    desk: Desk,
    signer: Annotated[str, typer.Option("--signer", help="Serial of the document signer, lower-case hex.")],
    cause: Annotated[Cause, typer.Option(help="What happened to its key.")],
) -> None:
    """
    Publish that a signing key was leaked, lost or damaged, and end all records under it; again: how far that has come.

    Example: tegata smp compromise --signer 1f2e3d --cause leaked
    """

    async def work(by: Operator) -> CompromiseReport:
        said = {"request_id": by.request_id(), "signer": signer, "cause": cause.value}
        try:
            message = msgspec.convert(said, DeclareCompromise)
        except msgspec.ValidationError:
            raise typer.BadParameter("a serial is lower-case hex") from None
        return await by.ask("issuer.compromise", message, CompromiseReport)

    told = desk.do(work)
    state = "all records ended" if told.completed_at else "still ending records"
    desk.voice.say(msgspec.to_builtins(told), f"published {told.published_at}; {told.sets_lapsed} sets, {state}")
