from datetime import timedelta
from pathlib import Path

import pytest

from pki.plan import CeremonyHalted, performed_plan, plan_path, read_plan
from tests.support.hierarchy import PLAN, Hierarchy, plan


@pytest.mark.parametrize("content", [b"country = 1", b"nonsense", b"\xff", b"unknown = 1"])
def test_wrong_plans_are_refused(content: bytes) -> None:
    """A plan with a missing, unknown or wrong field is refused before anything is made."""
    with pytest.raises(CeremonyHalted):
        read_plan(content)


SUCCESSOR = """
[[iaca.successors]]
name = "{}"
begins = {}
revocation_list = "http://crl.example/2.crl"
"""
LATER, LATEST = "2035-04-01T00:00:00Z", "2044-04-01T00:00:00Z"


def followed(*successors: tuple[str, str]) -> bytes:
    """The demo's plan with roots that follow."""
    return (PLAN.read_text() + "".join(SUCCESSOR.format(*each) for each in successors)).encode()


@pytest.mark.parametrize(
    "successors",
    [
        [("iaca", LATER)],
        [("iaca-", LATER)],
        [("../iaca-x", LATER)],
        [("reader_ca", LATER)],
        [("iaca-2", "2035-04-01T00:00:00")],
        [("iaca-2", "2035-04-01")],
        [("iaca-2", LATER), ("iaca-2", LATEST)],
        [("iaca-2", LATER), ("iaca-3", LATER)],
        [("iaca-2", LATEST), ("iaca-3", LATER)],
    ],
)
def test_roots_that_cannot_follow_are_refused(successors: list[tuple[str, str]]) -> None:
    """A root takes nobody's place, begins at an instant that everybody reads alike, and after the one before it."""
    with pytest.raises(CeremonyHalted):
        read_plan(followed(*successors))


def test_a_signer_is_certified_by_the_root_of_its_first_day() -> None:
    """Until the day of the next root it is the one before."""
    iaca = read_plan(followed(("iaca-2", LATER), ("iaca-3", LATEST))).iaca
    first, second = (each.begins for each in iaca.successors)
    second_before = second - timedelta(seconds=1)
    assert [iaca.root_at(at) for at in (first - timedelta(seconds=1), first, second_before, second)] == [
        "iaca",
        "iaca-2",
        "iaca-2",
        "iaca-3",
    ]


def test_plan_of_the_last_ceremony_is_kept(pki: Hierarchy) -> None:
    """Whoever certifies after the ceremony reads the plan that was performed."""
    assert performed_plan(pki.state) == plan()


@pytest.mark.parametrize("content", [None, b"{}"])
def test_without_a_ceremony_there_is_no_plan(tmp_path: Path, content: bytes | None) -> None:
    """A folder without a plan, or with something else in its place, is refused."""
    if content is not None:
        plan_path(tmp_path).parent.mkdir()
        plan_path(tmp_path).write_bytes(content)
    with pytest.raises(CeremonyHalted):
        performed_plan(tmp_path)
