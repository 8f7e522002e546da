"""E-25 and E-26: notice and application form are printed and posted by the printing contractor (CARD-4)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.models.destination import CardPerson, DestinationRecord, PrintRequest
from registry.card.people import subject
from registry.card.states import PRINT, may_follow
from registry.card.tools import CardTools
from registry.errors import Code, RegistryError
from registry.messages.card import Destination, PrintResult
from registry.messages.message import Acknowledged
from registry.messages.parties import PrintOrder
from registry.outbox.put import put
from registry.trail.provide import provide

CONTRACTOR = "printing-contractor"
FORM_ID_DIGITS = 23  # 申請書ID


async def order_print(
    session: AsyncSession, act: Act, message: Destination, record: DestinationRecord, tools: CardTools
) -> PrintRequest:
    """Store a print order with a fresh form id and put its print items, and nothing else, into the outbox."""
    request = PrintRequest(
        id=act.new_id(),
        destination_id=record.id,
        person_id=record.person_id,
        application_form_id=f"{int.from_bytes(act.random(12)) % 10**FORM_ID_DIGITS:0{FORM_ID_DIGITS}}",
        state="requested",
        print_request_number=f"P{act.random(10).hex()}",
        print_data_created_date=legal_day(act.at),
    )
    session.add(request)
    order = PrintOrder(
        print_request_number=request.print_request_number,
        application_form_id=request.application_form_id,
        individual_number=message.individual_number,
        name=message.items.name_kanji,
        address=message.items.address,
        birth_date=message.items.birth_date,
        destination_postal_code=message.destination_postal_code,
        destination_address=message.destination_address,
        destination_name=message.destination_name,
    )
    await put(session, act, f"{CONTRACTOR}.print", order, sealer=tools.sealer)
    await provide(
        session,
        act,
        subject=subject(tools.sealer, message.resident_record_code),
        recipient=CONTRACTOR,
        reason="print_notice",
        fields=sorted(order.__struct_fields__),
        number=True,
    )
    return request


async def take_print_result(session: AsyncSession, act: Act, message: PrintResult) -> Acknowledged:
    """
    Note what became of a print order; the same result again is taken again.

    Raises RegistryError(print_order_unknown, illegal_transition).
    """
    found = select(PrintRequest).where(PrintRequest.print_request_number == message.print_request_number)
    request = await session.scalar(found.with_for_update())
    if request is None:
        raise RegistryError(Code.PRINT_ORDER_UNKNOWN)
    if request.state != message.result:
        if not may_follow(PRINT, request.state, message.result):
            raise RegistryError(Code.ILLEGAL_TRANSITION, "The print order has another result already.")
        await _note(session, act, request, message.result)
    return Acknowledged(reference=request.id)


async def _note(session: AsyncSession, act: Act, request: PrintRequest, result: str) -> None:
    request.state, request.print_contractor_code = result, act.body
    record = await session.get_one(DestinationRecord, request.destination_id)
    person = await session.get_one(CardPerson, request.person_id)
    record.state = person.notification_document_management_status = result
