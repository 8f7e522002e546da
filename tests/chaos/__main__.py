"""`make chaos`: a house is disturbed for a while under load and must come out of it with nothing lost or doubled."""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.chaos.house import disturbed
from tests.chaos.report import Report, as_json, page, subjects_table, violations_table
from tests.chaos.run import Plan, run

BUILD = Path("build/chaos")
PEOPLE = 12


def main(seconds: float, seed: str) -> int:
    """Run, write build/chaos/report.json and report.md, show what held; return 1 on a violation."""
    console = Console()
    console.print(f"chaos for {seconds:g} s, seed {seed}: make chaos SECONDS={seconds:g} SEED={seed} repeats it")
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tegata-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            with disturbed(folder) as house:
                report = asyncio.run(run(house, Plan(seconds, seed, PEOPLE), folder, console.log))
        finally:
            shutil.rmtree(BUILD / "logs", ignore_errors=True)
            shutil.copytree(folder / "state" / "logs", BUILD / "logs", dirs_exist_ok=True)
    return conclude(report, console)


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
    sys.exit(main(float(sys.argv[1]), given))
