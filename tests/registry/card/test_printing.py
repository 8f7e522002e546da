import pytest
from sqlalchemy import select

from registry.card.models.destination import CardPerson, DestinationRecord, PrintRequest
from registry.card.printing import take_print_result
from registry.errors import RegistryError
from registry.messages.card import PrintResult
from registry.messages.message import Acknowledged
from registry.messages.parties import PrintOrder
from tests.registry.card.world import ITEMS, NUMBER, World

PRINT_ITEMS = {
    "print_request_number",
    "application_form_id",
    "individual_number",
    "name",
    "address",
    "birth_date",
    "destination_postal_code",
    "destination_address",
    "destination_name",
}


async def report(world: World, number: str, result: str) -> Acknowledged:
    """Report a print result as the printing contractor."""
    act = world.act("print_result", "printing-contractor", "printer-1")
    async with world.sessions.begin() as session:
        return await take_print_result(session, act, PrintResult(print_request_number=number, result=result))  # type: ignore[arg-type] # one of two words


async def order(world: World) -> PrintOrder:
    """Register a destination record and return its print order."""
    await world.register()
    return (await world.sent("printing-contractor.print", PrintOrder))[0]


@pytest.mark.requirement("CARD-4", "AUDIT-10")
async def test_print_items_and_nothing_else(world: World) -> None:
    """The printing contractor is sent the print items of one person and no more, and the exchange leaves a record."""
    sent = await order(world)

    assert set(PrintOrder.__struct_fields__) == PRINT_ITEMS
    assert (sent.individual_number, sent.name, len(sent.application_form_id)) == (NUMBER, ITEMS.name_kanji, 23)
    record = (await world.provisions("register_destination"))[0]
    assert (record.recipient, record.number_included, set(record.fields)) == ("printing-contractor", True, PRINT_ITEMS)


@pytest.mark.requirement("CARD-4")
@pytest.mark.parametrize("result", ["posted", "failed"])
async def test_result(world: World, result: str) -> None:
    """The print result comes back into the print order, the destination record and the person."""
    sent = await order(world)

    await report(world, sent.print_request_number, result)
    again = await report(world, sent.print_request_number, result)

    async with world.sessions() as session:
        request = (await session.scalars(select(PrintRequest))).one()
        record = (await session.scalars(select(DestinationRecord))).one()
        person = (await session.scalars(select(CardPerson))).one()
    assert again.reference == request.id
    assert {request.state, record.state, person.notification_document_management_status} == {result}
    assert request.print_contractor_code == "printer-1"


@pytest.mark.requirement("CARD-4")
async def test_refused_results(world: World) -> None:
    """A result for an order nobody gave, or against the result that stands, is refused."""
    sent = await order(world)
    await report(world, sent.print_request_number, "posted")

    with pytest.raises(RegistryError, match="print_order_unknown"):
        await report(world, "P0000", "posted")
    with pytest.raises(RegistryError, match="illegal_transition"):
        await report(world, sent.print_request_number, "failed")
