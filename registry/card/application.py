"""E-28: card applications from the reception contractor (CARD-5 to CARD-10). Registered first, checked by the job."""

from datetime import datetime

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import age_on
from registry.card.models.application import CardApplicationRecord
from registry.card.models.destination import CardPerson, PrintRequest
from registry.card.people import four_items_index, open_items, opened, same
from registry.card.tools import CardTools
from registry.errors import Code, RegistryError
from registry.messages.card import ApplicationRegistered, CardApplication
from registry.outbox.queue import wake

STEP = "applications"
ONLINE = frozenset({"web", "kiosk"})  # CARD-10: these ways include an identity check
PHOTO = "card_application.face_photo"


async def apply(session: AsyncSession, act: Act, message: CardApplication, tools: CardTools) -> ApplicationRegistered:
    """
    Register the application of the one person whom the form was printed for; twice the same is once.

    Raises RegistryError(application_form_unknown, application_form_used, number_on_form, handwritten_form_incomplete,
    identity_check_missing, form_mismatch, photo_missing, person_removed).
    """
    printed = await session.scalar(
        select(PrintRequest).where(PrintRequest.application_form_id == message.application_form_id).with_for_update()
    )
    if printed is None:
        raise RegistryError(Code.APPLICATION_FORM_UNKNOWN)
    digest = tools.sealer.index("request", msgspec.json.encode(message))
    known = await session.scalar(
        select(CardApplicationRecord).where(CardApplicationRecord.application_form_id == message.application_form_id)
    )
    if known is not None:
        if known.request_digest != digest:
            raise RegistryError(Code.APPLICATION_FORM_USED)
        return _answer(known)
    person = await session.get_one(CardPerson, printed.person_id)
    _check_form(message)
    _check_person(message, person, tools)
    record = _record(act, message, person, tools)
    record.request_digest = digest
    session.add(record)
    await wake(session, STEP)
    return _answer(record)


def _answer(record: CardApplicationRecord) -> ApplicationRegistered:
    return ApplicationRegistered(
        request_id=record.request_id, application_form_id=record.application_form_id, state=record.state
    )


def _check_form(message: CardApplication) -> None:
    if message.form_kind == "handwritten":
        if message.individual_number is None or message.four_items is None:
            raise RegistryError(Code.HANDWRITTEN_FORM_INCOMPLETE, "Number and four items are what the form is for.")
    elif message.individual_number is not None or message.four_items is not None:  # CARD-5
        raise RegistryError(Code.NUMBER_ON_FORM, "Only the handwritten form carries a number.")
    if message.form_kind in ONLINE and not message.identity_checked:  # CARD-10
        raise RegistryError(Code.IDENTITY_CHECK_MISSING, "An online application includes an identity check.")


def _check_person(message: CardApplication, person: CardPerson, tools: CardTools) -> None:
    if not person.identity_info_present_flag and not person.overseas:
        raise RegistryError(Code.PERSON_REMOVED)
    birth_date = open_items(person, tools.sealer).birth_date
    if message.face_photo is None and age_on(birth_date, message.application_date) >= 1:  # Order article 16
        raise RegistryError(Code.PHOTO_MISSING, "Only below the age of one a card has no photo.")
    if message.form_kind == "handwritten" and not _matches(message, person, tools):  # CARD-9
        raise RegistryError(Code.FORM_MISMATCH, "Number and four items are not those of the person of this form.")


def _matches(message: CardApplication, person: CardPerson, tools: CardTools) -> bool:
    items, number = message.four_items, message.individual_number
    if items is None or number is None:
        return False
    index = four_items_index(tools.sealer, items.name, items.address, items.birth_date, items.sex)
    right_number = same(number, opened(tools.sealer, person, "individual_number"))
    return index == person.four_items_index and right_number


def _record(act: Act, message: CardApplication, person: CardPerson, tools: CardTools) -> CardApplicationRecord:
    photo = message.face_photo
    return CardApplicationRecord(
        id=act.new_id(),
        person_id=person.id,
        request_id=message.request_id,
        form_kind=message.form_kind,
        state="received",
        attempts=0,
        next_check_at=act.at,
        application_form_id=message.application_form_id,
        application_form_linkage_control_number=f"L{act.random(10).hex()}",
        application_reception_contractor_code=act.body,
        face_photo=tools.sealer.seal(photo, PHOTO) if photo else None,
        application_date=message.application_date,
        braille_flag=False,
        record_timestamp=act.at,
    )


def open_photo(record: CardApplicationRecord, tools: CardTools) -> bytes | None:
    """Return the photo of an application, or None for a card without one."""
    return tools.sealer.open(record.face_photo, PHOTO) if record.face_photo else None


async def look_again(session: AsyncSession, person: CardPerson, *, at: datetime) -> None:
    """Let the job look again at applications that were held for a difference: the person's data has changed."""
    held = (CardApplicationRecord.person_id == person.id) & (CardApplicationRecord.state == "held")
    await session.execute(
        update(CardApplicationRecord).where(held).values(state="received", held_for=None, next_check_at=at, attempts=0)
    )
    await wake(session, STEP)
