import pytest

from pki.jpki.states import GOOD, HELD, REVOKED, may_become


@pytest.mark.parametrize(("state", "new"), [(GOOD, HELD), (GOOD, REVOKED), (HELD, GOOD), (HELD, REVOKED)])
def test_steps_that_are_drawn(state: str, new: str) -> None:
    """A certificate is held, released and revoked."""
    assert may_become(state, new)


@pytest.mark.parametrize(
    ("state", "new"), [(REVOKED, GOOD), (REVOKED, HELD), (REVOKED, REVOKED), (GOOD, GOOD), (HELD, HELD)]
)
def test_steps_that_are_not(state: str, new: str) -> None:
    """Nothing leaves revocation, and no state is entered twice."""
    assert not may_become(state, new)
