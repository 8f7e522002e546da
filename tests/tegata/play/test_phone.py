from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest

from tegata.demo.present import ASKED, MISBEHAVING
from tegata.demo.stage import CARD_PINS, USER_PIN, Holder, Stage
from tegata.play.phone import (
    NoCard,
    NoElement,
    NotIssued,
    ask_with_card,
    asked_for,
    buy,
    cards,
    choose,
    elements_of,
    enrol,
    give_up,
    hear_news,
    show_to_reader,
)
from tests.journeys.conftest import holders, house, houses, inhabited, stage
from wallet_sim.answers import Refused
from wallet_sim.ic_card import Pin, PinRefused
from wallet_sim.phone.choice import PresentationRefused
from wallet_sim.phone.vault import WrongUserPin
from wallet_sim.relying_party.verify_call import Verdict

__all__ = ["holders", "house", "houses", "inhabited", "stage"]  # fixtures, found by name

PASSWORD = CARD_PINS[Pin.SIGNATURE]


@pytest.mark.people(1, records=False)
@pytest.mark.requirement("MDOC-57")
async def test_a_person_plays_the_phone(stage: Stage, holders: list[Holder], tmp_path: Path) -> None:
    """From a new phone to a record given up: apply, present, lost, refused, shown anyway, released, given up."""
    (holder,) = holders
    (card,) = cards(stage)
    assert (card.card_issue_number, card.name) == (holder.card_issue_number, holder.resident.name)
    assert card.tries == {"signature": 5, "input_support": 3, "authentication": 3}
    vault = buy(stage, tmp_path / "phone", USER_PIN)
    record_set = await enrol(stage, vault, choose(stage, "1"), CARD_PINS)
    assert record_set.status == "active"
    name = elements_of(stage, record_set)["org.iso.23220.1.jp"]["full_name_unicode"]
    assert name == holder.resident.name

    verdict = await show_to_reader(stage, vault, USER_PIN, ASKED, lambda _: True)
    assert verdict.status == "VALID"
    assert {space: set(items) for space, items in verdict.elements.items()} == {
        space: set(items) for space, items in ASKED.items()
    }
    await ask_with_card(stage, card.card_issue_number, "lost", PASSWORD)
    with pytest.raises(PresentationRefused, match="suspended"):
        await show_to_reader(stage, vault, USER_PIN, ASKED, lambda _: True)
    shown = await _until_published(stage, lambda: show_to_reader(stage, vault, USER_PIN, ASKED, _agree, MISBEHAVING))
    assert shown == "SUSPENDED"
    await ask_with_card(stage, card.card_issue_number, "release", PASSWORD)
    await hear_news(stage, vault)
    shown = await _until_published(stage, lambda: show_to_reader(stage, vault, USER_PIN, ASKED, _agree))
    assert shown == "VALID"
    assert await give_up(stage, vault, None) == record_set.set_id
    assert elements_of(stage, record_set) == {}
    with pytest.raises(LookupError):
        await give_up(stage, vault, None)
    with pytest.raises(Refused, match="record_lapsed"):
        await ask_with_card(stage, card.card_issue_number, "release", PASSWORD)


def _agree(_asked: object) -> bool:
    return True


async def _until_published(stage: Stage, present: Callable[[], Awaitable[Verdict]]) -> str:
    """Let the workers publish, then present; return the status."""
    turns = iter((False, True))

    async def settled() -> bool:
        return next(turns)

    await stage.network.until(settled, "the published list")
    return (await present()).status


@pytest.mark.people(1, records=False)
@pytest.mark.usefixtures("holders")
@pytest.mark.requirement("MDOC-6", "MDOC-64")
async def test_what_a_person_does_wrong_is_refused(stage: Stage, tmp_path: Path) -> None:
    """Wrong PINs, no consent, a card that is not there, a second set: each is refused, and nothing is shown."""
    card = choose(stage, "1")
    with pytest.raises(NoCard):
        choose(stage, "2")
    vault = buy(stage, tmp_path / "phone", USER_PIN)
    with pytest.raises(FileExistsError):
        buy(stage, tmp_path / "phone", USER_PIN)
    with pytest.raises(PinRefused):
        await enrol(stage, vault, card, CARD_PINS | {Pin.INPUT_SUPPORT: "0000"})
    assert cards(stage)[0].tries["input_support"] == 2
    await enrol(stage, vault, card, CARD_PINS)
    with pytest.raises(PresentationRefused, match="consent_denied"):
        await show_to_reader(stage, vault, USER_PIN, ASKED, lambda _: False)
    with pytest.raises(WrongUserPin):
        await show_to_reader(stage, vault, "000000", ASKED, lambda _: True)
    with pytest.raises((NotIssued, Refused), match="record_in_force"):
        await enrol(stage, vault, card, CARD_PINS)
    with pytest.raises(Refused, match="record_not_suspended"):
        await ask_with_card(stage, card, "release", PASSWORD)
    with pytest.raises(LookupError):
        await give_up(stage, vault, UUID(int=1))


def test_a_reader_asks_by_the_names_of_elements() -> None:
    """Each element is found in its namespace, none is kept; an unknown one is refused with those there are."""
    assert asked_for(["age_over_20", "portrait"]) == {
        "org.iso.23220.1": {"age_over_20": False},
        "org.iso.23220.1.jp": {"portrait": False},
    }
    with pytest.raises(NoElement, match="age_over_20"):
        asked_for(["shoe_size"])
