from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import Code, RegistryError
from registry.juki.reasons import EVERYTHING, TABLE, State, decide
from registry.messages.juki import Reason

REASONS = sorted(TABLE)
# reason: states in which it may arrive, next state; by first letters of unknown, present, moved_out, overseas, dead,
# removed
DRAWN = {
    "move_in": ("MR", "P"),
    "move_in_from_abroad": ("UMOR", "P"),
    "birth": ("U", "P"),
    "entry_ex_officio": ("UMODR", "P"),
    "move_out": ("P", "M"),
    "move_abroad": ("P", "O"),
    "death": ("P", "D"),
    "deletion_ex_officio": ("P", "R"),
    "move_within": ("P", "P"),
    "minor_correction": ("P", "P"),
    "correction_ex_officio": ("P", "P"),
    "number_change_request": ("P", "P"),
    "number_correction_ex_officio": ("P", "P"),
    "number_entry_ex_officio": ("P", "P"),
    "record_code_change_request": ("P", "P"),
    "record_code_entry_ex_officio": ("P", "P"),
}


def code_of(reason: Reason, state: State, changed: set[str]) -> Code | None:
    """Return the code of the refusal, or None where the table allows it."""
    try:
        decide(reason, state, changed)
    except RegistryError as refusal:
        return Code(refusal.code)
    return None


@pytest.mark.requirement("JUKI-9")
def test_every_reason_of_the_messages_has_a_rule() -> None:
    """The table has a row for each reason a message can name, and no other."""
    assert set(TABLE) == set(get_args(Reason)) == set(DRAWN)


@pytest.mark.requirement("JUKI-9", "JUKI-7", "JUKI-5")
@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("state", State)
def test_a_reason_arrives_in_its_states_only(reason: Reason, state: State) -> None:
    """Outside the drawn states a reason is refused, each kind of mistake by its own code; inside it leads on."""
    before, after = DRAWN[reason]
    changed = set(TABLE[reason].must)
    if state.value[0].upper() in before:
        assert decide(reason, state, changed).after.value[0].upper() == after
        return
    expected = Code.REASON_NOT_ALLOWED
    if state is State.UNKNOWN:
        expected = Code.PERSON_UNKNOWN
    elif state is State.PRESENT and reason in {"move_in", "move_in_from_abroad"}:
        expected = Code.MOVE_IN_OF_RESIDENT
    assert code_of(reason, state, changed) is expected


@pytest.mark.requirement("JUKI-8")
@pytest.mark.parametrize("item", sorted(EVERYTHING - {"address", "address_town_code"}))
def test_a_move_within_alters_the_address_only(item: str) -> None:
    """A move within the municipality that touches any other item is refused, and the item is named."""
    with pytest.raises(RegistryError) as caught:
        decide("move_within", State.PRESENT, {"address", item})
    assert (caught.value.code, caught.value.members) == ("field_not_allowed", {"item": item})


@pytest.mark.requirement("JUKI-9")
@given(st.sampled_from(REASONS), st.sampled_from(State), st.sets(st.sampled_from(sorted(EVERYTHING))))
def test_no_item_changes_beyond_the_rule(reason: Reason, state: State, changed: set[str]) -> None:
    """Whatever is accepted for a known person changes only items of its rule, and one of those it is about."""
    if state is State.UNKNOWN or code_of(reason, state, changed) is not None:
        return
    rule = TABLE[reason]
    assert changed <= rule.may
    assert not rule.must or rule.must & changed


@pytest.mark.parametrize("reason", ["move_within", "minor_correction", "correction_ex_officio"])
def test_a_correction_corrects_something(reason: Reason) -> None:
    """A correction that leaves every item as it was is refused."""
    assert code_of(reason, State.PRESENT, set()) is Code.NOTHING_CHANGED


@pytest.mark.parametrize("reason", ["death", "move_out", "number_entry_ex_officio", "record_code_change_request"])
def test_removals_and_new_codes_change_no_item(reason: Reason) -> None:
    """A removal, and a change of number or record code, comes with the items that are on file."""
    assert code_of(reason, State.PRESENT, {"name_kanji"}) is Code.FIELD_NOT_ALLOWED
