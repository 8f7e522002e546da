import json
from pathlib import Path

import pytest

from tests.specification.rows import Row, rows
from tests.support.evidence import Evidence, Proof, check_rows
from tests.trace import by_rows, merge, page, state_of

PLAIN = Row("NUM-1", "title", "says")


def test_all_rows_are_there() -> None:
    """The data hold the 294 rows of the specification, 13 of them organisational."""
    assert len(rows()) == 294
    assert sum(row.organisational for row in rows().values()) == 13
    assert {row.basis for row in rows().values()} == {"says", "infer"}


def test_an_unknown_row_is_refused() -> None:
    """A mark that names no row stops the run."""
    with pytest.raises(ValueError, match="NUM-99"):
        check_rows("test", ["NUM-1", "NUM-99"], rows())


def test_five_rows_are_too_many() -> None:
    """A test that claims more than four rows stops the run."""
    check_rows("test", ["NUM-1", "NUM-2", "NUM-3", "NUM-4"], rows())
    with pytest.raises(ValueError, match="more than 4"):
        check_rows("test", [f"NUM-{n}" for n in range(1, 6)], rows())


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ([], "open"),
        (["passed"], "passing"),
        (["passed", "skipped"], "passing"),
        (["skipped"], "not run"),
        (["passed", "not run"], "not run"),
        (["passed", "failed"], "failing"),
    ],
)
def test_state_of_a_row(outcomes: list[str], state: str) -> None:
    """A row passes only with a test that passed and none that failed or did not run."""
    assert state_of(PLAIN, [("t", Proof("", ["NUM-1"], outcome)) for outcome in outcomes]) == state


def test_organisational_rows_need_no_test() -> None:
    """A row whose substance lies outside software is not open."""
    assert state_of(Row("OPS-10", "title", "says", organisational=True), []) == "organisational"


def test_the_worst_case_of_a_test_counts() -> None:
    """One failed case makes the test failed, whatever the others did."""
    evidence = Evidence({"t.py::test": Proof("", ["NUM-1"])})
    for case, outcome in [("a", "skipped"), ("b", "passed"), ("c", "failed"), ("d", "passed")]:
        evidence.report(f"t.py::test[{case}]", outcome)
    assert evidence.proofs["t.py::test"].outcome == "failed"
    evidence.report("t.py::other", "passed")
    assert "t.py::other" not in evidence.proofs


def test_a_partial_run_keeps_the_rest(tmp_path: Path) -> None:
    """A partial run renews its own tests; a whole run forgets those that are gone."""
    path = tmp_path / "build" / "r.json"
    Evidence({"a": Proof("", ["NUM-1"], "passed")}).write(path, whole=True)
    Evidence({"b": Proof("", ["NUM-2"], "failed")}).write(path, whole=False)
    assert {name: entry["outcome"] for name, entry in json.loads(path.read_text()).items()} == {
        "a": "passed",
        "b": "failed",
    }
    Evidence({"b": Proof("", ["NUM-2"], "passed")}).write(path, whole=True)
    assert list(json.loads(path.read_text())) == ["b"]


def test_a_changed_mark_counts_as_not_run() -> None:
    """An outcome recorded for other rows proves nothing for these."""
    proofs = {"a": Proof("", ["NUM-1"]), "b": Proof("", ["NUM-2"]), "c": Proof("", ["NUM-3"])}
    merge(proofs, {"a": {"rows": ["NUM-1"], "outcome": "passed"}, "b": {"rows": ["NUM-1"], "outcome": "passed"}})
    assert [proof.outcome for proof in proofs.values()] == ["passed", "not run", "not run"]


def test_page_names_every_row() -> None:
    """The page has a line for each row and names the tests of a row."""
    found = by_rows({"tests/x.py::test_y": Proof("", ["NUM-1"], "passed")})
    text = page(found, dict.fromkeys(rows(), "open") | {"NUM-1": "passing"})
    assert all(f"| {row} |" in text for row in rows())
    assert "`x.py::test_y`" in text
    assert "**1 of 294 rows" in text
