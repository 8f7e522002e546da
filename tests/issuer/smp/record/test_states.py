"""The states of a set of records, and the causes of loss of effect."""

import pytest

from issuer.smp.record.states import DRAWN, IN_FORCE, Status, may


@pytest.mark.requirement("MDOC-42")
def test_nothing_leads_out_of_a_lapse() -> None:
    """Revoked, superseded and expired are ends: no renewal, release or resend follows."""
    for ended in (Status.REVOKED, Status.SUPERSEDED, Status.EXPIRED):
        assert not any(may(ended, to) for to in Status)


@pytest.mark.requirement("MDOC-53", "MDOC-58")
def test_suspension_comes_from_use_only_and_leads_to_use_or_an_end() -> None:
    """Only an active set is suspended; a suspended one is released, lapses or expires, and is not renewed."""
    assert [status for status in Status if may(status, Status.SUSPENDED)] == [Status.ACTIVE]
    assert DRAWN[Status.SUSPENDED] == {Status.ACTIVE, Status.REVOKED, Status.EXPIRED}


def test_sets_in_force_are_those_that_have_not_ended() -> None:
    """What is in force is exactly what can still move."""
    assert {status for status in Status if DRAWN[status]} == IN_FORCE
