"""E-29 and E-30: what the call centre sees of one person's card. There is no number to see (CARD-19, 20, 31, 32)."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.card.certificates import certificate_state
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import CallerCheck, Card
from registry.card.people import people_with
from registry.card.states import HANDED_OVER
from registry.card.tools import CardTools
from registry.errors import Code, RegistryError
from registry.messages.card import CallCentreView, CallerIdentity
from registry.trail.provide import provide

FIELDS = ("card_issue_number", "card_operation_status", "card_valid_until", "signing_certificate")
NOTHING = "Nobody, more than one person, or no card in use: the answer is the same."


async def look_up(session: AsyncSession, act: Act, message: CallerIdentity, tools: CardTools) -> CallCentreView:
    """
    Return the card in use or suspended of the one person with these four items, and note the caller's check.

    Raises RegistryError(look_up_without_result) alike for nobody, several people, and a person without such a card:
    the call centre learns nothing by asking.
    """
    people = await people_with(session, tools.sealer, message.key)
    card = await _card_of(session, people[0]) if len(people) == 1 else None
    if card is None or card.subject_certificate_serial_number is None:
        raise RegistryError(Code.LOOK_UP_WITHOUT_RESULT, NOTHING)
    serial = card.subject_certificate_serial_number
    state = await certificate_state(serial, tools, act)
    await _note_check(session, act, message.identity_check, card)
    await provide(session, act, subject=people[0].record_code_index, reason="call_centre", fields=FIELDS, number=False)
    return CallCentreView(
        request_id=message.request_id,
        card_issue_number=card.card_issue_number,
        card_operation_status=card.card_operation_status,
        card_valid_until=card.card_valid_until,
        signing_certificate_serial=serial,
        signing_certificate_state=state,
    )


async def _card_of(session: AsyncSession, person: CardPerson) -> Card | None:
    held = select(Card).where(Card.person_id == person.id, Card.card_operation_status.in_(HANDED_OVER))
    return await session.scalar(held.order_by(Card.record_timestamp.desc()).limit(1))


async def _note_check(session: AsyncSession, act: Act, identity_check: str, card: Card) -> None:
    check = insert(CallerCheck).values(id=act.new_id(), identity_check=identity_check, card_id=card.id, at=act.at)
    await session.execute(check.on_conflict_do_nothing())
