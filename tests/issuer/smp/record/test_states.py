"""The states of a set of records, and the causes of loss of effect."""

import pytest

from issuer.smp.record.states import DRAWN, IN_FORCE, ON_THE_PHONE, Status, may


@pytest.mark.requirement("MDOC-42")
def test_nothing_leads_out_of_a_lapse() -> None:
    """Revoked, superseded and expired are ends: no renewal, release or resend follows."""
    for ended in (Status.REVOKED, Status.SUPERSEDED, Status.EXPIRED):
        assert not any(may(ended, to) for to in Status)


@pytest.mark.requirement("MDOC-53", "MDOC-58")
def test_suspension_comes_from_the_phone_and_leads_back_to_it_or_to_an_end() -> None:
    """Only what is on a phone or on its way there is suspended, and is released, lapses or expires; never renewed."""
    assert {status for status in Status if may(status, Status.SUSPENDED)} == ON_THE_PHONE
    assert DRAWN[Status.SUSPENDED] == {*ON_THE_PHONE, Status.REVOKED, Status.EXPIRED}


def test_sets_in_force_are_those_that_have_not_ended() -> None:
    """What is in force is exactly what can still move."""
    assert {status for status in Status if DRAWN[status]} == IN_FORCE
