"""People enter by the statutory route, get their numbers and their cards."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from registry.card.models.ledger import Card
from registry.juki.models import IdentityRecord
from registry.number.models import GeneratedNumber
from registry.outbox.models import OutboxMessage
from registry.trail.models import CommunicationRecord, ProvisionRecord
from tegata.demo.people import choose_holders, give_cards, register_one, register_people
from tegata.demo.stage import Stage
from tests.journeys.conftest import refusals
from tests.journeys.people import RESIDENTS
from tests.support.services import Joined
from wallet_sim.answers import Refused
from wallet_sim.parties.prefectural_server import PrefecturalServer
from wallet_sim.residents import residents


async def count(house: Joined, system: str, table: type) -> int:
    """Return how many rows a table of a system has."""
    async with house.sessions[system]() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


@pytest.mark.requirement("NUM-1", "NUM-3", "JUKI-12", "AUDIT-1")
async def test_residents_get_their_numbers(house: Joined, stage: Stage) -> None:
    """Every resident is in juki with a number of one's own, each notice of a number is recorded, twice is once."""
    people, numbers = await register_people(stage, RESIDENTS, lambda _: None)
    again, same = await register_people(stage, RESIDENTS, lambda _: None)

    assert len(set(numbers.values())) == len(people) == len(again) == RESIDENTS
    assert numbers == same
    assert await count(house, "number", GeneratedNumber) == RESIDENTS
    async with house.sessions["number"]() as session:
        provided = select(func.count()).where(ProvisionRecord.outcome == "provided", ProvisionRecord.number_included)
        assert await session.scalar(provided) == RESIDENTS
        peers = set(await session.scalars(select(CommunicationRecord.peer)))
    assert peers == {"juki"}


@pytest.mark.requirement("JUKI-3", "AUDIT-6")
async def test_nobody_but_the_prefecture_updates(house: Joined, stage: Stage) -> None:
    """An update that a municipality sends past its prefecture is refused, recorded, and changes nothing."""
    people, _ = await register_people(stage, 1, lambda _: None)
    rows = await count(house, "juki", IdentityRecord)
    past = PrefecturalServer(stage.line("municipal-cs", people[0].municipality_code), house.clock)

    with pytest.raises(Refused, match="not_permitted"):
        await past.update("death", people[0].items, people[0].resident_record_code, change_date=house.clock().date())

    assert (await refusals(house, "juki"))["not_permitted"] == 1
    assert await count(house, "juki", IdentityRecord) == rows


@pytest.mark.requirement("CARD-11", "CARD-12", "CARD-16", "CARD-17")
async def test_a_card_is_ordered_made_and_handed_over(house: Joined, stage: Stage) -> None:
    """Destination, form, freshness before the order, chip, shipment, counter, freshness again; nothing is left over."""
    chosen = choose_holders(stage, residents(stage.seed, RESIDENTS, at=stage.at()), 2)
    numbers = {resident.label: await register_one(stage, resident) for resident in chosen}
    holders = await give_cards(stage, chosen, numbers, lambda _: None)
    house.clock.advance(minutes=5)
    await house.settle()

    async with house.sessions["card"]() as session:
        cards = list(await session.scalars(select(Card)))
        left = await session.scalar(select(func.count()).where(OutboxMessage.acknowledged_at.is_(None)))
    async with house.sessions["juki"]() as session:
        purposes = select(ProvisionRecord.reason, func.count()).where(
            ProvisionRecord.operation == "juki.user_information"
        )
        asked = {str(row[0]): int(row[1]) for row in await session.execute(purposes.group_by(ProvisionRecord.reason))}
    assert {card.card_operation_status for card in cards} == {"in_use"}
    assert {card.card_issue_number for card in cards} == {holder.card_issue_number for holder in holders}
    assert (left, len(asked), min(asked.values())) == (0, 2, len(holders))


@pytest.mark.requirement("JUKI-31", "CARD-28", "CARD-19")
async def test_a_move_before_the_order_reaches_the_card(house: Joined, stage: Stage) -> None:
    """Who moved between destination record and application is known to the card system by the new address alone."""
    resident = choose_holders(stage, residents(stage.seed, RESIDENTS, at=stage.at()), 1)[0]
    number = await register_one(stage, resident)
    municipality = stage.municipality(resident)
    await municipality.register_destination(resident, number)
    await house.settle()
    form = stage.mailbox.letter_for(resident.name, resident.birth_date).application_form_id
    moved = replace(resident, address=resident.address + "　転居先")
    house.clock.advance(hours=1)
    await municipality.change(moved, "move_within", number=number)
    await stage.reception(resident).apply(form, resident.portrait, application_date=municipality.today)
    house.clock.advance(minutes=1)
    await house.settle()

    card = stage.mailbox.card_for(resident.name, resident.birth_date)
    await municipality.counter_step(card, "prepare")
    await municipality.counter_step(card, "hand_over")
    assert (await stage.call_centre().look_up(moved.four_items, "check-1")).card_issue_number == card
    with pytest.raises(Refused):
        await stage.call_centre().look_up(resident.four_items, "check-2")
