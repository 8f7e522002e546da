from pathlib import Path

import pytest

from pki.plan import CeremonyHalted, performed_plan, plan_path, read_plan
from tests.support.hierarchy import Hierarchy, plan


@pytest.mark.parametrize("content", [b"country = 1", b"nonsense", b"\xff", b"unknown = 1"])
def test_wrong_plans_are_refused(content: bytes) -> None:
    """A plan with a missing, unknown or wrong field is refused before anything is made."""
    with pytest.raises(CeremonyHalted):
        read_plan(content)


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
