import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.card.states import APPLICATION, CARD, HANDED_OVER, LIVE, PRINT, UNUSED, may_follow

STATES = sorted(CARD)


@pytest.mark.parametrize("table", [CARD, APPLICATION, PRINT])
def test_tables_are_closed(table: dict[str, frozenset[str]]) -> None:
    """Whatever may follow is itself a state of the table."""
    assert set().union(*table.values()) <= set(table)


@pytest.mark.requirement("CARD-27")
@pytest.mark.parametrize("to", STATES)
def test_abolition_is_final(to: str) -> None:
    """After abolition a card can be collected and nothing else."""
    assert may_follow(CARD, "abolished", to) == (to == "collected")


@given(st.lists(st.sampled_from(STATES)))
def test_dead_cards_never_live_again(wishes: list[str]) -> None:
    """Whatever is asked in whatever order, a card that was abolished or has expired is never in use again."""
    state, dead = "ordered", False
    for wish in wishes:
        if may_follow(CARD, state, wish):
            state = wish
        dead = dead or state not in LIVE
        assert not (dead and state in LIVE)


@given(st.lists(st.sampled_from(STATES)))
def test_no_use_without_handover(wishes: list[str]) -> None:
    """A card comes into use only by way of prepared, whatever is asked."""
    state, passed = "ordered", ["ordered"]
    for wish in wishes:
        if may_follow(CARD, state, wish):
            state = wish
            passed.append(state)

    assert state not in HANDED_OVER or passed[:5] == ["ordered", "produced", "delivered", "prepared", "in_use"]
    assert UNUSED | HANDED_OVER == LIVE


def test_unknown_state() -> None:
    """An unknown state may become nothing."""
    assert not may_follow(CARD, "lost", "in_use")
