"""E-12 and E-21: change events keep the card file current (CARD-28, CARD-29)."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act, Chance, job
from registry.calendar import legal_day
from registry.card.application import look_again
from registry.card.handover import abolish
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.people import find_person, seal_into, write_items, write_record_code
from registry.card.states import HANDED_OVER, LIVE
from registry.card.tools import CardTools
from registry.messages.card import ChangeEvent, OverseasChangeEvent
from registry.messages.message import Acknowledged
from registry.messages.person import Items
from registry.postgres.engine import Sessions

ENDS_CARD: Mapping[str, str] = {
    # Cabinet Order article 14: the causes that a change of the resident record tells by itself
    "deletion_ex_officio": "14-4",
    "record_code_change_request": "14-5",
    "number_change_request": "14-6",
    "number_correction_ex_officio": "14-6",
    "death": "14-11",
}


async def take_change(session: AsyncSession, act: Act, message: ChangeEvent, tools: CardTools) -> Acknowledged:
    """Update a person by an event of juki. Who has no card record is acknowledged and not stored."""
    person = await find_person(session, tools.sealer, message.former_record_code or message.resident_record_code)
    if person is not None and not _is_late(person, message.change_date):
        write_record_code(person, message.resident_record_code, tools.sealer)
        if message.present or not person.overseas:  # else fuhyo knows better: juki still tells the address left behind
            _note(person, message.items, message.change_date, tools)
        person.identity_info_present_flag = message.present
        if message.present:
            person.overseas = False
        if message.individual_number is not None:
            seal_into(tools.sealer, person, "individual_number", message.individual_number)
        await _end_cards(session, act, person, ENDS_CARD.get(message.reason))
        await look_again(session, person, at=act.at)
    return Acknowledged(reference=message.event_id)


async def take_overseas_change(
    session: AsyncSession, act: Act, message: OverseasChangeEvent, tools: CardTools
) -> Acknowledged:
    """Update an overseas leaver by an event of fuhyo; no number has a place in it (CARD-29)."""
    person = await find_person(session, tools.sealer, message.resident_record_code)
    if person is not None and not _is_late(person, message.change_date):
        _note(person, message.items, message.change_date, tools)
        person.overseas = message.overseas
        await look_again(session, person, at=act.at)
    return Acknowledged(reference=message.event_id)


def _is_late(person: CardPerson, change_date: date) -> bool:
    """Tell whether an event is older than what was taken in before: it must not bring old data back."""
    return person.changed_on is not None and change_date < person.changed_on


def _note(person: CardPerson, items: Items, change_date: date, tools: CardTools) -> None:
    former = person.address_municipality_code
    write_items(person, items, tools.sealer)
    if person.address_municipality_code != former:
        person.previous_municipality_code = former
    person.changed_on = change_date


async def _end_cards(session: AsyncSession, act: Act, person: CardPerson, cause: str | None) -> None:
    if cause is None:
        return
    live = select(Card).where(Card.person_id == person.id, Card.card_operation_status.in_(LIVE))
    for card in await session.scalars(live.with_for_update()):
        abolish(card, act, cause)


class Expiry:
    """The job that ends cards whose last day is over."""

    def __init__(self, sessions: Sessions, random: Chance) -> None:
        self._sessions = sessions
        self._random = random

    async def expire(self, at: datetime) -> int:
        """Mark a batch of cards as expired; return how many."""
        act = job("card", "card.expire", at=at, random=self._random)
        due = select(Card).where(Card.card_operation_status.in_(HANDED_OVER), Card.card_valid_until < legal_day(at))
        async with self._sessions.begin() as session:
            cards = list(await session.scalars(due.limit(500).with_for_update(skip_locked=True)))
            for card in cards:
                card.card_operation_status, card.record_timestamp = "expired", act.at
        return len(cards)
