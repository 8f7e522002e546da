import msgspec
import pytest
from sqlalchemy import select

from registry.card.change_events import take_overseas_change
from registry.card.models.application import CardApplicationRecord
from registry.card.models.destination import CardPerson
from registry.card.people import opened
from registry.messages.card import OrderHeldNotice, OverseasChangeEvent
from registry.messages.juki import UserInformationQuery
from registry.messages.message import Message
from registry.messages.parties import IssuanceOrder
from registry.messages.person import Items, OverseasUserInformation
from tests.registry.card.world import ITEMS, NUMBER, RECORD_CODE, TOWN, World, moved

ABROAD = msgspec.structs.replace(ITEMS, address="国外転出者（フランス）")


async def application(world: World) -> CardApplicationRecord:
    """Read the one application on file."""
    async with world.sessions() as session:
        return (await session.scalars(select(CardApplicationRecord))).one()


async def person(world: World) -> CardPerson:
    """Read the one person on file."""
    async with world.sessions() as session:
        return (await session.scalars(select(CardPerson))).one()


async def applied(world: World) -> None:
    """Register and apply."""
    await world.apply(world.application(await world.register()))


async def orders(world: World) -> int:
    """Count the orders that went out."""
    return len(await world.sent("issuing-contractor.make", IssuanceOrder))


async def leave(world: World, *, overseas: bool = True, items: Items = ABROAD) -> None:
    """Let fuhyo tell that the resident has left the country, or is back."""
    event = OverseasChangeEvent(
        event_id=world.next_id(),
        resident_record_code=RECORD_CODE,
        change_date=world.clock.at.date(),
        items=items,
        overseas=overseas,
    )
    world.neighbours.overseas[RECORD_CODE] = OverseasUserInformation(
        resident_record_code=RECORD_CODE, items=items, overseas=overseas
    )
    await world.do(take_overseas_change, event, world.act("overseas_change_event", "fuhyo"))


@pytest.mark.requirement("CARD-11", "CARD-14", "LINK-6")
async def test_fresh_data_leads_to_an_order(world: World) -> None:
    """After the application juki is asked by record code alone; equal data leads to the order of the card."""
    world.resident()
    await applied(world)

    assert await world.run("applications") == 1
    assert world.neighbours.asked == [
        ("juki.user_information", UserInformationQuery(resident_record_code=RECORD_CODE, purpose="application"))
    ]
    assert (await application(world)).state == "ordered"
    assert await orders(world) == 1


@pytest.mark.requirement("LINK-6", "CARD-13")
def test_the_query_has_no_other_key() -> None:
    """A user information query has a record code and a purpose; a number or a name has no place in it."""
    assert set(UserInformationQuery.__struct_fields__) == {"resident_record_code", "purpose"}
    assert not UserInformationQuery.CARRIES_NUMBER
    for more in ({"individual_number": NUMBER}, {"name": "高橋 花子"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(
                {"resident_record_code": RECORD_CODE, "purpose": "application", **more}, UserInformationQuery
            )


@pytest.mark.requirement("CARD-11", "CARD-14")
@pytest.mark.parametrize(
    ("difference", "items", "number"),
    [
        ("address", moved(ITEMS), NUMBER),
        ("name", msgspec.structs.replace(ITEMS, name_kanji="山田 花子"), NUMBER),
        ("sex", msgspec.structs.replace(ITEMS, sex="1"), NUMBER),
        ("birth_date", msgspec.structs.replace(ITEMS, birth_date=ITEMS.birth_date.replace(day=28)), NUMBER),
        ("number", ITEMS, "987654321093"),
        ("number", ITEMS, None),
    ],
)
async def test_a_difference_holds_the_order(world: World, difference: str, items: Items, number: str | None) -> None:
    """Any difference from the latest data holds the order, and the municipality is told which, without a number."""
    world.resident(items=items, number=number)
    await applied(world)
    await world.run("applications")

    held = await application(world)
    assert (held.state, held.held_for) == ("held", difference)
    assert await orders(world) == 0
    notice = (await world.sent("municipal-cs.card_order_held", OrderHeldNotice))[0]
    assert (notice.municipality_code, notice.reason) == (TOWN, difference)
    assert not OrderHeldNotice.CARRIES_NUMBER


@pytest.mark.requirement("CARD-11")
async def test_a_resolved_difference_releases_the_order(world: World) -> None:
    """A corrected destination record lets the job look again, and the card is ordered with the latest data."""
    world.resident(items=moved(ITEMS))
    await applied(world)
    await world.run("applications")
    assert await orders(world) == 0

    await world.register(world.destination(items=moved(ITEMS)))
    await world.run("applications")

    order = (await world.sent("issuing-contractor.make", IssuanceOrder))[0]
    assert order.address == moved(ITEMS).address


async def test_removed_or_unknown_person(world: World) -> None:
    """Who is removed from juki, or unknown there, gets no card ordered."""
    world.resident(present=False)
    await applied(world)
    await world.run("applications")
    assert (await application(world)).held_for == "removed"

    world.neighbours.people.clear()
    await world.register(world.destination())
    await world.run("applications")
    assert (await application(world)).held_for == "refused:no_such_person"
    assert await orders(world) == 0


async def test_silence_postpones(world: World) -> None:
    """Without an answer nothing is ordered and nothing is lost: the job asks again later."""
    world.resident()
    world.neighbours.silent = True
    await applied(world)
    assert await world.run("applications") == 1
    assert (await application(world)).state == "received"
    assert await orders(world) == 0

    world.neighbours.silent = False
    assert await world.run("applications") == 0
    world.clock.advance(seconds=3)
    await world.run("applications")
    assert await orders(world) == 1


@pytest.mark.requirement("CARD-12", "CARD-21")
async def test_second_query_after_the_handover(world: World) -> None:
    """After the handover juki is asked again, and a change in between reaches the user information."""
    order = await world.made()
    world.resident(items=moved(ITEMS))
    await world.counter(order, "prepare")
    await world.counter(order, "hand_over")

    assert await world.run("refresh") == 1
    operation, query = world.neighbours.asked[-1]
    assert (operation, query.purpose) == ("juki.user_information", "handover")
    assert opened(world.sealer, await person(world), "address") == moved(ITEMS).address
    assert await world.run("refresh") == 0


async def test_second_query_without_an_answer(world: World) -> None:
    """The second query is repeated until it is answered; a refusal ends it."""
    order = await world.in_use()
    world.neighbours.silent = True
    await world.run("refresh")
    assert (await world.card(order)).refresh_at is not None

    world.neighbours.silent = False
    world.neighbours.people.clear()
    world.clock.advance(minutes=11)
    await world.run("refresh")
    assert (await world.card(order)).refresh_at is None


@pytest.mark.requirement("CARD-13", "LINK-6")
async def test_overseas_leavers_are_asked_of_fuhyo(world: World) -> None:
    """For an overseas leaver both queries go to fuhyo, by record code alone, and juki is not asked."""
    form = await world.register()
    await leave(world)
    await world.apply(world.application(form))
    await world.run("applications")

    operation, query = world.neighbours.asked[-1]
    assert operation == "fuhyo.user_information"
    assert isinstance(query, Message)
    assert query.KEY == "resident_record_code"
    assert {name for name, _ in world.neighbours.asked} == {"fuhyo.user_information"}
    assert (await world.sent("issuing-contractor.make", IssuanceOrder))[0].address == ABROAD.address


async def test_who_is_back_is_not_overseas(world: World) -> None:
    """Once fuhyo says that a person is no longer abroad, the order waits."""
    form = await world.register()
    await leave(world)
    world.neighbours.overseas[RECORD_CODE] = OverseasUserInformation(
        resident_record_code=RECORD_CODE, items=ABROAD, overseas=False
    )
    await world.apply(world.application(form))
    await world.run("applications")

    assert (await application(world)).held_for == "removed"
