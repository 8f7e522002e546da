from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from registry.card.change_events import ENDS_CARD, take_change, take_overseas_change
from registry.card.models.destination import CardPerson
from registry.card.people import opened
from registry.messages.card import ChangeEvent, OverseasChangeEvent
from registry.messages.juki import IdentityUpdate
from tests.registry.card.world import ITEMS, NUMBER, RECORD_CODE, World, moved

NEW_CODE = "20000000020"


async def change(world: World, **changes: Any) -> None:
    """Tell of a move as juki does, with changes."""
    event = ChangeEvent(
        event_id=world.next_id(),
        resident_record_code=RECORD_CODE,
        individual_number=NUMBER,
        reason="move_within",
        change_date=world.clock.at.date(),
        items=moved(ITEMS),
        present=True,
    )
    await world.do(take_change, msgspec.structs.replace(event, **changes), world.act("change_event", "juki"))


async def person(world: World) -> CardPerson:
    """Read the one person on file."""
    async with world.sessions() as session:
        return (await session.scalars(select(CardPerson))).one()


@pytest.mark.requirement("CARD-28")
async def test_the_file_stays_current(world: World) -> None:
    """A change event of juki refreshes items, number and place of a person, and keeps the card in use."""
    order = await world.in_use()
    elsewhere = msgspec.structs.replace(ITEMS, address="東京都清瀬市中里", address_municipality_code="132217")
    await change(world, items=elsewhere, individual_number="987654321093")

    row = await person(world)
    assert opened(world.sealer, row, "individual_number") == "987654321093"
    assert opened(world.sealer, row, "address") == elsewhere.address
    assert (row.address_municipality_code, row.previous_municipality_code) == ("132217", "131016")
    assert (await world.card(order)).card_operation_status == "in_use"
    await world.counter(order, "suspend", body="132217", reason="lost")


@pytest.mark.requirement("CARD-28")
async def test_unknown_persons_are_not_stored(world: World) -> None:
    """An event about a person without a card record is acknowledged and leaves nothing."""
    await change(world)

    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(CardPerson)) == 0


async def test_a_late_event(world: World) -> None:
    """An event that arrives after a younger one brings no old data back."""
    await world.register()
    await change(world)
    await change(world, change_date=date(2026, 4, 1), items=ITEMS)

    assert opened(world.sealer, await person(world), "address") == moved(ITEMS).address


async def test_another_record_code(world: World) -> None:
    """After a change of record code the person is found by the new one and no longer by the former."""
    await world.register()
    await change(
        world, resident_record_code=NEW_CODE, former_record_code=RECORD_CODE, reason="record_code_change_request"
    )

    row = await person(world)
    assert opened(world.sealer, row, "resident_record_code") == NEW_CODE
    assert row.record_code_index == world.sealer.index("person", NEW_CODE)


@pytest.mark.parametrize(("reason", "cause"), sorted(ENDS_CARD.items()))
async def test_events_that_end_a_card(world: World, reason: str, cause: str) -> None:
    """Death, deletion, another number or record code end a card for ever, with the item of the article."""
    order = await world.in_use()
    await change(world, reason=reason, present=reason not in {"death", "deletion_ex_officio"})

    card = await world.card(order)
    assert (card.card_operation_status, card.card_abolition_reason) == ("abolished", cause)


def test_reasons_are_those_of_juki() -> None:
    """The events that end a card are reasons that juki can tell."""
    reasons = set(IdentityUpdate.__annotations__["reason"].__args__)

    assert set(ENDS_CARD) <= reasons


@pytest.mark.requirement("CARD-29")
async def test_overseas_leavers(world: World) -> None:
    """An event of fuhyo refreshes an overseas leaver; one about an unknown person leaves nothing; a return is seen."""
    abroad = OverseasChangeEvent(
        event_id=world.next_id(),
        resident_record_code=RECORD_CODE,
        change_date=world.clock.at.date(),
        items=moved(ITEMS, "国外転出者（フランス）"),
        overseas=True,
    )
    act = world.act("overseas_change_event", "fuhyo")
    await world.do(take_overseas_change, abroad, act)
    async with world.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(CardPerson)) == 0

    await world.register()
    await world.do(take_overseas_change, abroad, act)
    row = await person(world)
    assert (row.overseas, opened(world.sealer, row, "address")) == (True, abroad.items.address)
    await change(world, reason="move_abroad", items=ITEMS, present=False)
    row = await person(world)
    assert (row.overseas, opened(world.sealer, row, "address")) == (True, abroad.items.address)
    await change(world, reason="move_in_from_abroad")
    assert not (await person(world)).overseas


@pytest.mark.requirement("CARD-29", "FUHYO-15")
def test_a_number_in_an_overseas_event(world: World) -> None:
    """A message of fuhyo that holds a number is refused by its format."""
    event = {
        "event_id": str(world.next_id()),
        "resident_record_code": RECORD_CODE,
        "change_date": "2026-04-10",
        "items": msgspec.to_builtins(ITEMS),
        "overseas": True,
    }
    assert msgspec.convert(event, OverseasChangeEvent).overseas

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**event, "individual_number": NUMBER}, OverseasChangeEvent)


async def test_cards_expire(world: World) -> None:
    """A card is marked as expired on the day after its last, once, also while it is suspended."""
    order, other = await world.in_use(), await world.ordered()
    world.clock.at = world.clock.at.replace(year=2036, month=2, day=29, hour=14, minute=59)  # 23:59 in Tokyo
    assert await world.run("expire") == 0

    await world.counter(order, "suspend", reason="lost")
    world.clock.advance(minutes=1)
    assert await world.run("expire") == 1
    assert (await world.card(order)).card_operation_status == "expired"
    assert (await world.card(other)).card_operation_status == "ordered"
