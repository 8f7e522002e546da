"""E-46: are these six items those of this card? Ledger and juki are asked; nothing goes back but yes or no."""

import hashlib
import hmac

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.application import open_photo
from registry.card.freshness import Latest, ask_latest
from registry.card.models.application import CardApplicationRecord
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.people import open_items, opened, same
from registry.card.tools import CardTools
from registry.card.validity import has_ended
from registry.messages.card import Confirm, Confirmation
from registry.messages.names import comparable
from registry.messages.person import Items
from registry.peer.call import Refused, Unanswered
from registry.problems import ServiceError
from registry.trail.provide import provide


async def confirm(session: AsyncSession, act: Act, message: Confirm, tools: CardTools) -> Confirmation:
    """
    Return match, or mismatch with the code of the first check that failed; no data in either case.

    Raises ServiceError(no_answer) when juki or fuhyo does not answer: nobody may take silence for a yes.
    """
    card = await session.scalar(select(Card).where(Card.card_issue_number == message.card_issue_number))
    if card is None:
        subject, code = tools.sealer.index("card", message.card_issue_number), "card_unknown"
        return await _answer(session, act, message, subject, code)
    person = await session.get_one(CardPerson, card.person_id)
    found = _card_differs(act, card) or await _ledger_differs(session, card, person, message, tools)
    if found is None:
        found = await _register_differs(person, message, tools, act)
    return await _answer(session, act, message, person.record_code_index, found)


async def _answer(session: AsyncSession, act: Act, message: Confirm, subject: bytes, code: str | None) -> Confirmation:
    await provide(session, act, subject=subject, reason=code or "match", fields=("match",), number=False)
    return Confirmation(request_id=message.request_id, match=code is None, code=code)


def _card_differs(act: Act, card: Card) -> str | None:
    if card.card_operation_status != "in_use":
        return f"card_{card.card_operation_status}"
    return "card_expired" if has_ended(card.card_valid_until, legal_day(act.at)) else None


async def _ledger_differs(
    session: AsyncSession, card: Card, person: CardPerson, message: Confirm, tools: CardTools
) -> str | None:
    number = opened(tools.sealer, person, "individual_number")
    found = _items_differ(message, open_items(person, tools.sealer), number)
    if found is None:
        application = await session.get_one(CardApplicationRecord, card.application_id)
        found = _photo_differs(message.photo_digest, open_photo(application, tools))
    return found


def _items_differ(message: Confirm, items: Items, number: str | None) -> str | None:
    """Return the code of the first item that differs; fuhyo tells no number, so there it is not compared."""
    if number is not None and not same(message.individual_number, number):
        return "number_differs"
    checks = (
        ("name_differs", comparable(message.name) == comparable(items.name_kanji)),
        ("address_differs", comparable(message.address) == comparable(items.address)),
        ("birth_date_differs", message.birth_date == items.birth_date),
        ("sex_differs", message.sex == items.sex),
    )
    return next((code for code, right in checks if not right), None)


def _photo_differs(stated: bytes | None, photo: bytes | None) -> str | None:
    if photo is None or stated is None:
        return None if photo is stated else "photo_differs"
    return None if hmac.compare_digest(stated, hashlib.sha256(photo).digest()) else "photo_differs"


async def _register_differs(person: CardPerson, message: Confirm, tools: CardTools, act: Act) -> str | None:
    try:
        latest: Latest = await ask_latest(person, tools, act, "verification")
    except Refused:
        return "register_person_unknown"
    except Unanswered as silence:
        raise ServiceError("no_answer") from silence
    if not latest.present:
        return "register_person_removed"
    if latest.individual_number is None and not person.overseas:
        return "register_number_missing"
    found = _items_differ(message, latest.items, latest.individual_number)
    return f"register_{found}" if found else None
