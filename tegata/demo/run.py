"""The demo: the main job of the house, from residents to a lapsed record, every step over the network."""

import shutil
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tegata.compose.clock import now
from tegata.demo.issue import current_set, issue_all
from tegata.demo.lapse import move_and_lapse
from tegata.demo.people import choose_holders, give_cards, register_people
from tegata.demo.present import present, status_list_of
from tegata.demo.refuse import Cast, Refusal, refuse_everything
from tegata.demo.renew import collect_renewals, run_daily
from tegata.demo.report import Report, keep_artefacts
from tegata.demo.sockets import SocketNetwork, stage_on
from tegata.demo.stage import Stage
from tegata.demo.start import Running, forget_databases, running_house
from tegata.demo.suspend import suspend_and_release
from wallet_sim.sealed_file import write_whole

INSTANCE = "tegata_demo"
SEED = "demo"
FEWEST_HOLDERS = 5
TERMS: Mapping[str, Mapping[str, str]] = {
    "*": {"tick": "0.5"},
    # The lead is two weeks, so that the daily run meets the end of a stay as well as a birthday.
    "issuer": {"lead_days": "14", "hold_retry": "2", "notice_repeat": "5"},
    "issuer-worker": {"lead_days": "14", "hold_retry": "2", "notice_repeat": "5", "tick": "0.5"},
    "edge": {"requests_per_minute": "60000"},
}


class Begun(msgspec.Struct):
    """What a run must know of the one it goes on with."""

    at: datetime
    residents: int
    holders: int
    finished: bool = False


async def demo(folder: Path, admin_url: str, begun: Begun, console: Console) -> Report:
    """Run every step against a house of its own and return the report; the first failure ends it."""
    clock = time.monotonic
    report = Report(folder, clock)
    began = clock()
    with running_house(folder / "state", admin_url, INSTANCE, terms=TERMS) as running:
        services = len(running.house.services())
        minutes = running.ceremony
        detail = f"{services} processes, {len(minutes.lines)} certificates and lists by ceremony"
        report.note("start", ok=True, count=services, seconds=clock() - began, detail=detail)
        network = SocketNetwork(running.house)
        stage = stage_on(running, network, seed=SEED, at=begun.at)
        try:
            await _steps(stage, running, report, begun, console)
        finally:
            await network.close()
    return report


async def _steps(stage: Stage, running: Running, report: Report, begun: Begun, console: Console) -> None:
    folder = report.folder
    with bars(console) as progress:

        async def people() -> tuple[int, str]:
            residents = progress.add_task("people", total=begun.residents)
            everybody, numbers = await register_people(stage, begun.residents, lambda n: progress.advance(residents, n))
            chosen = choose_holders(stage, everybody, begun.holders)
            cards = progress.add_task("cards", total=len(chosen))
            stage.holders = await give_cards(stage, chosen, numbers, lambda n: progress.advance(cards, n))
            abroad = sum(resident.kind == "overseas" for resident in everybody)
            return len(everybody), f"{len(stage.holders)} cards handed over, {abroad} overseas leavers"

        async def issue() -> tuple[int, str]:
            bar = progress.add_task("issue", total=len(stage.holders))
            await issue_all(stage, stage.holders, folder / "phones", lambda n: progress.advance(bar, n))
            records = sum(len(s.records) for holder in stage.holders if (s := current_set(holder)))
            return len(stage.holders), f"{records} records on {len(stage.holders)} phones, confirmed"

        await report.step("people", people)
        await report.step("issue", issue)
    await _after_issue(stage, running, report)


async def _after_issue(stage: Stage, running: Running, report: Report) -> None:
    _, _, shown, suspended, lapsing, *rest = stage.holders

    async def presenting() -> tuple[int, str]:
        presented = await present(stage, shown)
        token = await status_list_of(stage, shown)
        keep_artefacts(report.folder, running.house.state, shown, presented, token)
        status = presented.verdict.status
        _must(status == "VALID", status)
        return 1, f"{status}, {sum(map(len, presented.verdict.elements.values()))} elements, nothing else"

    async def suspending() -> tuple[int, str]:
        told = await suspend_and_release(stage, suspended)
        _must(told.proper_phone == "suspended", told.proper_phone)
        return 2, (
            f"SUSPENDED after {told.seconds_to_suspend:.2f} s, a proper phone refuses, "
            f"VALID again {told.seconds_to_release:.2f} s after the release"
        )

    async def renewing() -> tuple[int, str]:
        run = await run_daily(stage)
        holders = await collect_renewals(stage, stage.holders, 1)
        left = ", ".join(f"{count} left alone: {reason}" for reason, count in sorted(run.skipped.items()))
        _must(run.renewed >= 1 and "card_end" in run.skipped, f"{run.renewed} renewed, {left}")
        return run.renewed, f"{len(holders)} phones have new records; {left}"

    async def lapsing_now() -> tuple[int, str]:
        told = await move_and_lapse(stage, lapsing)
        _must((told.status, told.phone) == ("INVALID", "revoked"), told.status)
        return 1, f"INVALID after {told.seconds:.2f} s, cause {told.municipality_cause}, phone and municipality told"

    await report.step("present", presenting)
    await report.step("suspend", suspending)
    await report.step("renew", renewing)
    await report.step("lapse", lapsing_now)
    await _refusals(stage, report, Cast(shown, lapsing, rest[0] if rest else suspended))


async def _refusals(stage: Stage, report: Report, cast: Cast) -> None:
    began = report.seconds()
    refusals = await refuse_everything(stage, cast)
    for refusal in refusals:
        detail = refusal.code if refusal.ok else _complaint(refusal)
        report.note(f"refuse: {refusal.name}", ok=refusal.ok, count=1, seconds=0, detail=detail)
    good = sum(refusal.ok for refusal in refusals)
    seconds = report.seconds() - began
    report.note("refuse", ok=good == len(refusals), count=good, seconds=seconds, detail="each answered and recorded")


def _complaint(refusal: Refusal) -> str:
    changed = ", ".join(sorted(refusal.changed)) or "nothing"
    return f"{refusal.code or 'not refused'}, recorded: {refusal.recorded}, changed: {changed}"


def _must(holds: bool, found: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise AssertionError(f"the step did not end as it must: {found}")


def bars(console: Console) -> Progress:
    """Return the bars that people watch."""
    columns = (TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def begin(folder: Path, residents: int, holders: int, admin_url: str) -> Begun:
    """
    Return the run to go on with, or begin a new one.

    An interrupted run of the same size is taken up where it was; a finished one makes room for the next, which has
    ports and addresses of its own, so records of the last run would point nowhere.
    """
    path = folder / "begun.json"
    if path.exists():
        known = msgspec.json.decode(path.read_bytes(), type=Begun)
        if not known.finished and (known.residents, known.holders) == (residents, holders):
            return known
    forget_databases(admin_url, INSTANCE)
    clear(folder)
    begun = Begun(now() - timedelta(seconds=1), residents, holders)
    write_whole(path, msgspec.json.encode(begun))
    return begun


def finish(folder: Path, begun: Begun) -> None:
    """Note that a run is over."""
    begun.finished = True
    write_whole(folder / "begun.json", msgspec.json.encode(begun))


def clear(folder: Path) -> None:
    """Remove what a finished run has left, except the data directory of the server itself."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.name == "state":
            for inner in path.iterdir():
                if inner.name != "postgres":
                    shutil.rmtree(inner) if inner.is_dir() else inner.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
