"""What a run says at its end."""

from typing import Any

import msgspec
import pytest

from tests.chaos.faults import Fault
from tests.chaos.laws import LAWS, ONCE, SUBJECTS, Violation
from tests.chaos.report import IN_FILES, IN_TOKEN, Report, as_json, page


def a_report(**changes: Any) -> Report:
    """A report of a run in which everything held."""
    told: dict[str, Any] = {
        "seed": "a1",
        "seconds": 120.0,
        "people": 12,
        "processes": 19,
        "keys": IN_FILES,
        "faults": [Fault(2.0, "kill", "issuer", 0.0), Fault(4.0, "kill", "card", 0.0)],
        "restarts": 2,
        "done": {"present": 7},
        "refused": {},
        "unanswered": {"apply": 3},
        "kept": {"issued_record": 40},
        "settled": 12.3,
        "violations": [],
    }
    return Report(**(told | changes))


def test_the_page_says_what_held() -> None:
    """The page names the command that repeats the run, counts faults by kind and gives a verdict on each subject."""
    told = page(a_report())
    assert "`make chaos SECONDS=120 SEED=a1`" in told
    assert "`make chaos SECONDS=120 SEED=a1 TOKEN=1`" in page(a_report(keys=IN_TOKEN))
    assert "| kill | 2 |" in told
    assert all(f"| {subject} | held |" in told for subject in SUBJECTS)
    assert all(f"- {law.says}\n" in told for law in LAWS)
    spoilt = page(a_report(violations=[Violation(ONCE, "a set is renewed once", "set-1")]))
    assert f"| {ONCE} | broken |" in spoilt
    assert "- a set is renewed once — **broken**\n" in spoilt
    assert "| a set is renewed once | set-1 |" in spoilt


@pytest.mark.parametrize(
    ("changes", "good"),
    [({}, True), ({"settled": None}, False), ({"violations": [Violation(ONCE, "a set is renewed once", "x")]}, False)],
)
def test_a_run_is_good_when_everything_held(changes: dict[str, Any], good: bool) -> None:  # noqa: FBT001 - a case
    """A violation, or a house that never comes to rest, spoils a run; the file holds all of it."""
    report = a_report(**changes)
    assert report.good is good
    assert msgspec.json.decode(as_json(report), type=Report) == report
