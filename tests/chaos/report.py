"""What a run says at its end: a file for machines, a table for people, a page for the documentation."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.table import Table

from tests.chaos.faults import Fault
from tests.chaos.laws import LAWS, SUBJECTS, Violation

INTRODUCTION: Final = """\
`make chaos SECONDS={:g} SEED={}{}` runs a house of {} processes, with its
keys {}, for {} holders who apply, present, suspend, release,
move, give up and are renewed, and lets things go wrong at times that the seed decides. Then the house is left alone
until nothing is left to do, and everything that was kept is held against everything that was sent.
"""


IN_FILES, IN_TOKEN = "in files", "in a token"
_REPEATED: Final = {IN_FILES: "", IN_TOKEN: " TOKEN=1"}
"""What a repetition has to say, because other faults are drawn for a token."""


class Report(msgspec.Struct, kw_only=True):
    """One run. `settled`: seconds from the last fault until nothing was left to do; None when that never came."""

    seed: str
    seconds: float
    people: int
    processes: int
    keys: str
    faults: list[Fault]
    restarts: int
    done: dict[str, int]
    refused: dict[str, int]
    unanswered: dict[str, int]
    kept: dict[str, int]
    settled: float | None
    violations: list[Violation]

    @property
    def good(self) -> bool:
        """Whether everything held."""
        return self.settled is not None and not self.violations


def as_json(report: Report) -> bytes:
    """The report for machines."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def subjects_table(report: Report) -> Table:
    """What had to hold, and whether it did."""
    table = Table("what must hold", "", title=f"chaos, seed {report.seed}, {report.seconds:g} s")
    for subject in SUBJECTS:
        broken = [each for each in report.violations if each.subject == subject]
        table.add_row(subject, f"[red]{len(broken)} violations" if broken else "[green]held")
    rest = "[red]never" if report.settled is None else f"[green]after {report.settled:.0f} s"
    table.add_row("the house came to rest", rest)
    return table


def violations_table(violations: Sequence[Violation]) -> Table:
    """Every violation with what was found."""
    table = Table("law", "found", title="violations")
    for each in violations:
        table.add_row(each.says, each.found)
    return table


def page(report: Report) -> str:
    """The page for the documentation, in Markdown."""
    kinds: dict[str, int] = {}
    for fault in report.faults:
        kinds[fault.kind] = kinds.get(fault.kind, 0) + 1
    broken, found = ({each.subject for each in report.violations}, {each.says for each in report.violations})
    rest = "never" if report.settled is None else f"after {report.settled:.0f} s"
    lines = [
        "# A house under disturbance",
        "",
        INTRODUCTION.format(
            report.seconds, report.seed, _REPEATED[report.keys], report.processes, report.keys, report.people
        ),
        *_table("fault", "times", kinds),
        *_table("what holders and operators did", "times", report.done),
        *_table("refusals they heard", "times", report.refused),
        *_table("questions without an answer", "times", report.unanswered),
        *_table("kept by the issuer at the end", "rows", report.kept),
        f"Processes were started again {report.restarts} times. The house came to rest {rest}.",
        "",
        "| what must hold | |",
        "|---|---|",
        *(f"| {subject} | {'broken' if subject in broken else 'held'} |" for subject in SUBJECTS),
        "",
        f"{len(report.violations)} violations. Asked of the issuer's database, beside what phones, relay,",
        "municipalities, other stores and relying parties hold against it (`tests/chaos/outside.py`):",
        "",
        *(f"- {law.says}{' — **broken**' if law.says in found else ''}" for law in LAWS),
        "",
        *_violations(report.violations),
    ]
    return "\n".join(lines)


def _violations(violations: Sequence[Violation]) -> list[str]:
    if not violations:
        return []
    return ["| law | found |", "|---|---|", *(f"| {each.says} | {each.found} |" for each in violations), ""]


def _table(what: str, count: str, rows: Mapping[str, Any]) -> list[str]:
    return [f"| {what} | {count} |", "|---|---|", *(f"| {name} | {n} |" for name, n in sorted(rows.items())), ""]
