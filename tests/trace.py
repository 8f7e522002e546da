"""`make trace`: which rows of the specification have passing tests, written to docs/traceability.md.

It collects all tests anew and takes their outcomes from the last run. It fails on an unknown row, on a test that claims
more than four, and on a row that is called organisational and has a test all the same.
"""

import contextlib
import io
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.specification.rows import Row, rows
from tests.support.evidence import RESULTS, EvidencePlugin, Proof

PAGE = Path("docs") / "traceability.md"
_STATES = ("passing", "failing", "not run", "organisational", "open")


def main() -> int:
    """Write the page, print the count, return the exit code."""
    proofs = collect()
    if proofs is None:
        return 1
    merge(proofs, json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {})
    by_row = by_rows(proofs)
    states = {row.id: state_of(row, by_row[row.id]) for row in rows().values()}
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(by_row, states), encoding="utf-8")
    counts = {state: list(states.values()).count(state) for state in _STATES}
    sys.stdout.write(", ".join(f"{count} {state}" for state, count in counts.items()) + "\n")
    sys.stdout.write(f"{counts['passing']} of {len(states)} rows have passing tests\n")
    return 0


def collect() -> dict[str, Proof] | None:
    """All tests that carry the mark; None, and the reason on standard error, when they cannot be collected."""
    plugin = EvidencePlugin(RESULTS)
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"], plugins=[plugin])
    if code != pytest.ExitCode.OK:
        sys.stderr.write(output.getvalue()[-3000:])
        return None
    return plugin.evidence.proofs


def merge(proofs: Mapping[str, Proof], results: Mapping[str, Mapping[str, object]]) -> None:
    """Give each collected test the outcome of the last run; a test whose rows changed since counts as not run."""
    for name, proof in proofs.items():
        result = results.get(name)
        if result is not None and result["rows"] == proof.rows:
            proof.outcome = str(result["outcome"])


def by_rows(proofs: Mapping[str, Proof]) -> dict[str, list[tuple[str, Proof]]]:
    """The tests of each row, in the order of their names."""
    found: dict[str, list[tuple[str, Proof]]] = defaultdict(list)
    for name, proof in sorted(proofs.items()):
        for row in proof.rows:
            found[row].append((name, proof))
    return found


def state_of(row: Row, tests: list[tuple[str, Proof]]) -> str:
    """One of the states: a row passes when it has a test that passed and none that failed or was not run."""
    outcomes = {proof.outcome for _, proof in tests}
    if not outcomes:
        return "organisational" if row.organisational else "open"
    if "failed" in outcomes:
        return "failing"
    return "passing" if outcomes <= {"passed", "skipped"} and "passed" in outcomes else "not run"


def page(by_row: Mapping[str, list[tuple[str, Proof]]], states: Mapping[str, str]) -> str:
    """The page as Markdown."""
    passing = list(states.values()).count("passing")
    lines = [
        "# Traceability",
        "",
        "Written by `make trace`; do not edit. A row passes when it has a test that passed and none that did not.",
        f"**{passing} of {len(states)} rows have passing tests.**",
        "",
        "| Row | Title | State | Tests |",
        "|---|---|---|---|",
    ]
    for row in rows().values():
        tests = "<br>".join(f"`{name.removeprefix('tests/')}`" for name, _ in by_row.get(row.id, []))
        lines.append(f"| {row.id} | {row.title} | {states[row.id]} | {tests} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
