"""E-23: destination records from the municipal CS (CARD-1 to CARD-3)."""

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.application import look_again
from registry.card.models.destination import CardPerson, DestinationRecord
from registry.card.people import find_person, seal_into, subject, write_items, write_record_code
from registry.card.printing import order_print
from registry.card.tools import CardTools
from registry.errors import Code, RegistryError
from registry.messages.card import Destination, DestinationRegistered
from registry.messages.names import substituted_positions
from registry.postgres.one_at_a_time import one_at_a_time


async def register_destination(
    session: AsyncSession, act: Act, message: Destination, tools: CardTools
) -> DestinationRegistered:
    """
    Register a destination record and order the print of notice and application form; twice the same is once.

    Raises RegistryError(wrong_municipality, number_not_checked, person_removed, request_id_reused).
    """
    digest = tools.sealer.index("request", msgspec.json.encode(message))
    known = await session.scalar(select(DestinationRecord).where(DestinationRecord.request_id == message.request_id))
    if known is not None:
        if known.request_digest != digest:
            raise RegistryError(Code.REQUEST_ID_REUSED)
        return _answer(known)
    await one_at_a_time(session, subject(tools.sealer, message.resident_record_code))
    person = await find_person(session, tools.sealer, message.resident_record_code)
    _check(act, message, person)
    person = await _write_person(session, act, message, person, tools)
    record = _record(act, message, person, tools)
    record.request_digest = digest
    session.add(record)
    await session.flush()
    await order_print(session, act, message, record, tools)
    await look_again(session, person, at=act.at)
    return _answer(record)


def _answer(record: DestinationRecord) -> DestinationRegistered:
    return DestinationRegistered(
        request_id=record.request_id, destination_control_number=record.destination_control_number
    )


def _check(act: Act, message: Destination, person: CardPerson | None) -> None:
    if act.body != message.municipality_code:
        raise RegistryError(Code.WRONG_MUNICIPALITY, "A municipality registers its own destination records only.")
    if not message.number_checked:  # CARD-3: only checked combinations of number and record code are received
        raise RegistryError(Code.NUMBER_NOT_CHECKED, "The municipal CS has not compared number and record code.")
    if person is not None and not person.identity_info_present_flag and not person.overseas:  # CARD-2
        raise RegistryError(Code.PERSON_REMOVED, "Only residents presently on record get a destination record.")


async def _write_person(
    session: AsyncSession, act: Act, message: Destination, person: CardPerson | None, tools: CardTools
) -> CardPerson:
    if person is None:
        person = CardPerson(id=act.new_id(), overseas=False, identity_info_present_flag=True)
        write_record_code(person, message.resident_record_code, tools.sealer)
        session.add(person)
    write_items(person, message.items, tools.sealer)
    seal_into(tools.sealer, person, "individual_number", message.individual_number)
    seal_into(tools.sealer, person, "name_romaji", message.name_romaji)
    person.postal_code = message.postal_code
    person.article_30_45_class = message.stay_class or None
    person.period_of_stay_expiry_date = message.period_of_stay_expiry_date
    person.notification_document_management_status = "ordered"
    await session.flush()
    return person


def _record(act: Act, message: Destination, person: CardPerson, tools: CardTools) -> DestinationRecord:
    record = DestinationRecord(
        id=act.new_id(),
        person_id=person.id,
        request_id=message.request_id,
        state="registered",
        destination_control_number=f"D{act.random(10).hex()}",
        destination_postal_code=message.destination_postal_code,
        destination_address_kanji_length=len(message.destination_address),
        destination_address_gaiji_count=len(substituted_positions(message.destination_address)),
        destination_name_kanji_length=len(message.destination_name),
        destination_name_gaiji_count=len(substituted_positions(message.destination_name)),
        municipality_code=message.municipality_code,
        municipality_name_length=len(message.municipality_name),
        municipality_name=message.municipality_name,
        target_person_count=1,
        processing_date=legal_day(act.at),
        operator_id=act.operator,
        terminal_id=act.terminal,
        print_class="notice_and_form",
        record_timestamp=act.at,
    )
    seal_into(tools.sealer, record, "destination_address_kanji", message.destination_address)
    seal_into(tools.sealer, record, "destination_name_kanji", message.destination_name)
    return record
