"""Which test proves which row of the specification, and how it went: build/requirements.json after every run.

A whole run replaces the file, a partial run renews its own tests in it. A mark that names no row, or more than four,
stops the run at once.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.specification.rows import Row, rows
from tests.support.refusals import is_whole

RESULTS = Path("build") / "requirements.json"
MOST_ROWS = 4
PROOF = "proof"
_WORST_FIRST = ("failed", "passed", "skipped")


@dataclass
class Proof:
    """One test function: what it says, the rows it proves, and the worst outcome of its cases."""

    says: str
    rows: list[str]
    outcome: str = "not run"


@dataclass
class Evidence:
    """What a run has seen, by the test's name without its parameters."""

    proofs: dict[str, Proof] = field(default_factory=dict)

    def collect(self, item: pytest.Item) -> None:
        """Remember a test that carries the mark. Raises ValueError for an unknown row or too many."""
        marked = [str(row) for mark in item.iter_markers("requirement") for row in mark.args]
        if marked:
            check_rows(item.nodeid, marked, rows())
            says = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip().split("\n")[0]
            self._add(item.nodeid, says, marked)
            item.user_properties.append((PROOF, (says, marked)))  # travels with the report out of a worker process

    def hear(self, report: pytest.TestReport) -> None:
        """Take over what a worker process collected: its reports carry what the test proves."""
        for name, value in report.user_properties:
            if name == PROOF:
                proof: Any = value
                says, marked = proof
                self._add(report.nodeid, str(says), marked)

    def _add(self, nodeid: str, says: str, marked: Iterable[str]) -> None:
        """Cases of one test may prove different rows; the test proves them all, in the order of the specification."""
        proof = self.proofs.setdefault(_name(nodeid), Proof(says, []))
        proof.rows = sorted({*proof.rows, *marked}, key=list(rows()).index)

    def report(self, nodeid: str, outcome: str) -> None:
        """Remember how one case went; of several cases of a test the worst counts."""
        proof = self.proofs.get(_name(nodeid))
        if proof is None:
            return
        known = [each for each in (proof.outcome, outcome) if each in _WORST_FIRST]
        proof.outcome = min(known, key=_WORST_FIRST.index)

    def write(self, path: Path, *, whole: bool) -> None:
        """Store the outcomes, all of them or those of this run's tests."""
        stored = {} if whole or not path.exists() else json.loads(path.read_text(encoding="utf-8"))
        stored |= {name: vars(proof) for name, proof in self.proofs.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(stored, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        fresh.replace(path)


def check_rows(test: str, marked: list[str], known: Mapping[str, Row]) -> None:
    """Raise ValueError when a test's marks name an unknown row or more than four."""
    unknown = [row for row in marked if row not in known]
    if unknown:
        raise ValueError(f"{test} names a row that does not exist: {', '.join(unknown)}")
    if len(set(marked)) > MOST_ROWS:
        raise ValueError(f"{test} claims more than {MOST_ROWS} rows")


def _name(nodeid: str) -> str:
    return nodeid.split("[", 1)[0]


class EvidencePlugin:
    """Gathers the evidence of a run."""

    def __init__(self, path: Path) -> None:
        self.evidence = Evidence()
        self._path = path

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the marks of what is going to run."""
        for item in items:
            try:
                self.evidence.collect(item)
            except ValueError as error:
                raise pytest.UsageError(str(error)) from error

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test went: its call, or what went wrong before or after."""
        self.evidence.hear(report)
        if report.when == "call" or report.outcome != "passed":
            self.evidence.report(report.nodeid, report.outcome)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Store what was seen, unless nothing ran."""
        if session.config.option.collectonly or hasattr(
            session.config, "workerinput"
        ):  # the controller hears every worker
            return
        self.evidence.write(self._path, whole=is_whole(session.config))
