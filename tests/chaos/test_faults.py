"""The faults of a run."""

from itertools import pairwise

import pytest

from tests.chaos.faults import FROZEN, schedule
from tests.chaos.house import KINDS, KINDS_WITH_TOKEN

NAMES = ["card", "issuer", "pki"]


def test_a_seed_gives_the_same_faults() -> None:
    """The same seed repeats a run's faults, another seed has others; all of them lie within the run, in order."""
    first = schedule("a", 900, NAMES)
    assert first == schedule("a", 900, NAMES)
    assert first != schedule("b", 900, NAMES)
    assert [fault.at for fault in first] == sorted(fault.at for fault in first)
    assert first[-1].at < 900


def test_every_kind_of_fault_happens_to_every_target() -> None:
    """A quarter of an hour leaves no kind out, and no process unharmed."""
    faults = schedule("a", 3600, NAMES)
    assert {fault.kind for fault in faults} == set(KINDS)
    assert {fault.target for fault in faults if fault.kind == "kill"} == set(NAMES)
    assert {fault.target for fault in faults if fault.kind == "freeze"} == set(FROZEN)


def test_a_token_is_lost_where_the_keys_lie_in_one() -> None:
    """With a token it is the token that goes, before and under those that use it, and no folder of keys."""
    kinds = {fault.kind for fault in schedule("a", 3600, NAMES, KINDS_WITH_TOKEN)}
    assert kinds == {*KINDS, "key token", "key session"} - {"keys"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"kill", "kill_all"}))
def test_what_lasts_is_over_before_the_next_fault(kind: str) -> None:
    """A fault that lasts is over when the next one begins."""
    faults = schedule("a", 900, NAMES)
    pairs = [(one, after) for one, after in pairwise(faults) if one.kind == kind]
    assert pairs
    assert all(one.at + one.seconds < after.at for one, after in pairs)
