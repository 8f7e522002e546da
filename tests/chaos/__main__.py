"""`make chaos`: a house is disturbed for a while under load and must come out of it with nothing lost or doubled."""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tegata.softhsm import NoToken
from tests.chaos.house import disturbed, key_token
from tests.chaos.report import Report, as_json, page, subjects_table, violations_table
from tests.chaos.run import Plan, run

BUILD = Path("build/chaos")
PEOPLE = 12


class Screen:
    """A bar for the time that passes, and a line above it for whatever happens."""

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress = progress
        self._task = progress.add_task("disturbed", total=seconds)

    def tell(self, what: str) -> None:
        """Something happened."""
        self._progress.console.log(what)

    def passed(self, seconds: float) -> None:
        """So many seconds are over."""
        self._progress.update(self._task, completed=seconds)


def main(plan: Plan, page_at: Path | None, *, in_token: bool) -> int:
    """Run, write build/chaos/report.json and report.md (also to `page_at`), show what held; 1 on a violation."""
    console = Console()
    seconds, seed = plan.seconds, plan.seed
    console.print(f"chaos for {seconds:g} s, seed {seed}: make chaos SECONDS={seconds:g} SEED={seed} repeats it")
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tegata-chaos-", ignore_cleanup_errors=True) as name:
        report = _run(Path(name), plan, console, in_token=in_token)
    if page_at is not None:
        page_at.write_text(page(report), encoding="utf-8")
    return conclude(report, console)


def _run(folder: Path, plan: Plan, console: Console, *, in_token: bool) -> Report:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f} s"))
    try:
        with (
            disturbed(folder, _token(folder, console) if in_token else None) as house,
            Progress(*columns, console=console) as progress,
        ):
            return asyncio.run(run(house, plan, folder, Screen(progress, plan.seconds)))
    finally:
        shutil.rmtree(BUILD / "logs", ignore_errors=True)
        shutil.copytree(folder / "state" / "logs", BUILD / "logs", dirs_exist_ok=True)


def _token(folder: Path, console: Console) -> Path | None:
    """A key token where there is SoftHSM; said when there is none, because then no token can be lost."""
    try:
        return key_token(folder)
    except NoToken as missing:
        console.print(f"keys in files and no token to lose: {missing}")
        return None


def conclude(report: Report, console: Console) -> int:
    """Write and show a report; return the exit code."""
    (BUILD / "report.json").write_bytes(as_json(report))
    (BUILD / "report.md").write_text(page(report), encoding="utf-8")
    console.print(subjects_table(report))
    if report.violations:
        console.print(violations_table(report.violations))
    console.print(f"see {BUILD}/report.json and {BUILD}/logs")
    return 0 if report.good else 1


if __name__ == "__main__":
    given = sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else os.urandom(3).hex()  # noqa: TID251 - a seed to print
    _, duration, _, report_at, with_token = [*sys.argv, "", "", "", ""][:5]
    page_path = Path(report_at) if report_at else None
    sys.exit(main(Plan(float(duration), given, PEOPLE), page_path, in_token=bool(with_token)))
