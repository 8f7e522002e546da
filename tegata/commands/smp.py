"""`tegata smp`: an identified operator asks the mdoc issuance system about records, runs and counts."""

from datetime import date, datetime
from typing import Annotated

import msgspec
import typer

from registry.calendar import legal_day
from registry.messages.card import CountQuery, StateCounts
from registry.messages.smp import (
    Reconcile,
    ReconciliationReport,
    RecordFound,
    RenewalsExplained,
    Rewrap,
    Rewrapped,
    RunDaily,
    RunReport,
)
from tegata.commands.as_operator import Desk, at_desk
from tegata.commands.smp_ends import compromise, wrong_record
from tegata.commands.smp_media import media
from tegata.commands.smp_question import ByApplication, Serial, question
from tegata.compose.clock import now
from tegata.operator import Operator
from tegata.play.reasons import reason_in_words

smp = typer.Typer(
    help="Ask the mdoc issuance system as an operator: records, renewals, runs, counts. "
    "Exit codes: 0 done; 1 refused; 2 not possible as asked; 3 no answer.",
    epilog="Records are found by certificate serial or application id. There is no search by number, name or address.",
    no_args_is_help=True,
)

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


smp.add_typer(media, name="media")
smp.command("wrong-record")(wrong_record)
smp.command()(compromise)


@smp.command()
@at_desk
def find(
    desk: Desk,
    serial: Serial = None,
    application: ByApplication = None,
) -> None:
    """
    Show the state of an application and its sets of records, with their history as a timeline.

    Example: tegata smp find --serial 0b51c2d3e4f5a697 --operator suzuki --terminal desk-3
    """

    async def work(by: Operator) -> RecordFound:
        return await by.ask("issuer.find", question(by, serial, application), RecordFound)

    found = desk.do(work)
    desk.voice.say(
        msgspec.to_builtins(found),
        f"application {found.application_id}: {found.application_status}",
        f"records: {found.mdoc_status or 'none'}" + (f", until {found.valid_until}" if found.valid_until else ""),
    )
    desk.voice.table(
        "history",
        [{"at": step.at, "what": step.what, "why": step.detail, "set": step.set_id} for step in found.history],
    )


@smp.command()
@at_desk
def renewals(
    desk: Desk,
    serial: Serial = None,
    application: ByApplication = None,
) -> None:
    """
    Explain why the records were renewed, skipped, or not taken up yet.

    Example: tegata smp renewals --application 5f0c2a52-0f0e-4c0e-9d53-0f5f6f1d1a01
    """

    async def work(by: Operator) -> RenewalsExplained:
        return await by.ask("issuer.renewals", question(by, serial, application), RenewalsExplained)

    told = desk.do(work)
    desk.voice.say(
        msgspec.to_builtins(told),
        f"records: {told.mdoc_status or 'none'}" + (f", until {told.valid_until}" if told.valid_until else ""),
        *([f"taken up by the daily run from {told.due_from} on"] if told.due_from else []),
        f"now: {reason_in_words(told.hindrance)}",
    )
    rows = [
        {
            "day": day.day,
            "what": day.state,
            "why": reason_in_words(day.reason) if day.reason else None,
            "set": day.set_id,
        }
        for day in told.days
    ]
    desk.voice.table("daily runs", rows)


@smp.command()
@at_desk
def daily(
    desk: Desk,
    day: Day = None,
) -> None:
    """
    Report the daily run of a day. Without a day it is today's, which is started when it has not run.

    Example: tegata smp daily --day 2026-04-01
    """

    async def work(by: Operator) -> RunReport:
        wanted = day.date() if day else legal_day(now())
        return await by.ask("issuer.run_daily", RunDaily(request_id=by.request_id(), day=wanted), RunReport)

    report = desk.do(work)
    desk.voice.say(
        msgspec.to_builtins(report),
        f"{report.day}: {report.state}; {report.renewed} renewed, {report.expired} expired",
    )
    rows = [{"skipped": count, "why": reason_in_words(reason)} for reason, count in sorted(report.skipped.items())]
    desk.voice.table("skipped", rows)


@smp.command()
@at_desk
def reconcile(
    desk: Desk,
    day: Day = None,
    again: Annotated[bool, typer.Option("--again", help="Begin today's anew when it is done.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """
    Compare the sets in force with JPKI, or report the comparison of a day; what was lost on the way is mended.

    Example: tegata smp reconcile --again
    """

    async def work(by: Operator) -> ReconciliationReport:
        wanted = day.date() if day else legal_day(now())
        message = Reconcile(request_id=by.request_id(), day=wanted, again=again)
        return await by.ask("issuer.reconcile", message, ReconciliationReport)

    told = desk.do(work)
    desk.voice.say(
        msgspec.to_builtins(told),
        f"{told.day}: {told.state}; {told.compared} compared, {told.unanswered} without an answer of JPKI",
    )
    desk.voice.table("repaired", [{"what": what, "sets": count} for what, count in sorted(told.repaired.items())])


@smp.command()
@at_desk
def counts(
    desk: Desk,
    since: Day = None,
    until: Day = None,
) -> None:
    """
    Count applications per state and sets issued (of a period), and sets valid and suspended now.

    Example: tegata smp counts --since 2026-04-01 --until 2026-04-30
    """

    async def work(by: Operator) -> StateCounts:
        first, last = (_date(each) for each in (since, until))
        query = CountQuery(request_id=by.request_id(), since=first, until=last)
        return await by.ask("issuer.counts", query, StateCounts)

    found = desk.do(work)
    desk.voice.say(msgspec.to_builtins(found))
    desk.voice.table("counts", [{"what": name, "count": count} for name, count in sorted(found.counts.items())])


@smp.command()
@at_desk
def rewrap(desk: Desk) -> None:
    """
    Put the data keys under the newest wrapping key, while every process runs; run again, it finishes what was cut off.

    Make the key first: tegata keys wrapping issuer. Example: tegata smp rewrap
    """

    async def work(by: Operator) -> Rewrapped:
        return await by.ask("issuer.rewrap", Rewrap(request_id=by.request_id()), Rewrapped)

    done = desk.do(work)
    desk.voice.say(msgspec.to_builtins(done), f"{done.rewrapped} data keys wrapped anew, {done.standing} stood already")


def _date(at: datetime | None) -> date | None:
    return None if at is None else at.date()
