"""The states of an application."""

from itertools import pairwise

import pytest

from issuer.errors import IssuerError
from issuer.smp.application.models import Application
from issuer.smp.application.states import DRAWN, ENDED, TO_THE_PHONE, State, advance, walk
from tests.support.clock import START


def application(state: State) -> Application:
    """An application in a state, in no database."""
    return Application(application_status=state, updated_at=START)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("to", State)
def test_only_drawn_steps_are_taken(state: State, to: State) -> None:
    """Every pair of states: a drawn step is taken, any other is refused and changes nothing."""
    row = application(state)
    if to in DRAWN[state]:
        advance(row, to, at=START, detail="code")
        assert (row.application_status, row.application_detail_status) == (to, "code")
    else:
        with pytest.raises(IssuerError, match="transition_refused"):
            advance(row, to, at=START)
        assert row.application_status == state


def test_nothing_leads_out_of_an_end() -> None:
    """Rejected, failed, completed and expired are ends."""
    assert {State.REJECTED, State.FAILED, State.COMPLETED, State.EXPIRED} == ENDED


def test_the_way_to_the_phone_is_drawn() -> None:
    """A suspension, release or revocation takes drawn steps only."""
    assert all(to in DRAWN[state] for state, to in pairwise((State.RECEIVED, *TO_THE_PHONE)))
    row = application(State.RECEIVED)
    walk(row, *TO_THE_PHONE, at=START)
    assert row.application_status == State.WAITING_DEVICE
