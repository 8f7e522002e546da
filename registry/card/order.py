"""E-27 and E-28: the card is ordered, made and sent (CARD-14 to CARD-16). The chip's texts are signed here."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.application import open_photo
from registry.card.models.application import CardApplicationRecord, IssuanceRecord
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.people import open_items, opened
from registry.card.states import CARD, HANDED_OVER, may_follow
from registry.card.tools import CardSigner, CardTools
from registry.card.validity import card_valid_until
from registry.errors import Code, RegistryError
from registry.messages.card import Shipment
from registry.messages.chip import CardFace, NumberAndItems, write
from registry.messages.message import Acknowledged
from registry.messages.names import substitute_form
from registry.messages.parties import IssuanceOrder
from registry.outbox.put import put
from registry.trail.provide import provide

CONTRACTOR = "issuing-contractor"


async def place_order(
    session: AsyncSession,
    act: Act,
    record: CardApplicationRecord,
    person: CardPerson,
    tools: CardTools,
    signer: CardSigner,
) -> Card:
    """Order the card of a checked application: ledger and issuance rows, and the signed order in the outbox."""
    made_on = legal_day(act.at)
    items = open_items(person, tools.sealer)
    former = await _former_end(session, person)
    stay_until = person.period_of_stay_expiry_date
    end = card_valid_until(items.birth_date, made_on, stay_until=stay_until, former_end=former)
    issuance = _issuance(act, record, person, end)
    card = _card(act, record, person, issuance)
    session.add_all([issuance, card])
    record.state = "ordered"
    order = _order(issuance, record, person, tools, signer)
    await put(session, act, f"{CONTRACTOR}.make", order, sealer=tools.sealer, key=issuance.id)
    await provide(
        session,
        act,
        subject=person.record_code_index,
        recipient=CONTRACTOR,
        reason="issue_card",
        fields=sorted(order.__struct_fields__),
        number=True,
    )
    return card


async def _former_end(session: AsyncSession, person: CardPerson) -> date | None:
    return await session.scalar(
        select(Card.card_valid_until)
        .where(Card.person_id == person.id, Card.card_operation_status.in_(HANDED_OVER))
        .order_by(Card.card_valid_until.desc())
        .limit(1)
    )


def _issuance(act: Act, record: CardApplicationRecord, person: CardPerson, end: date) -> IssuanceRecord:
    return IssuanceRecord(
        id=act.new_id(),
        application_id=record.id,
        request_control_number=f"R{act.random(10).hex()}",
        providing_municipality_code=person.address_municipality_code,
        card_state_class="ordered",
        issuance_order_number=f"I{act.random(10).hex()}",
        card_issue_number=act.random(10).hex().upper(),
        command="make",
        valid_until=end,
        record_timestamp=act.at,
    )


def _card(act: Act, record: CardApplicationRecord, person: CardPerson, issuance: IssuanceRecord) -> Card:
    return Card(
        id=act.new_id(),
        person_id=person.id,
        application_id=record.id,
        card_issue_number=issuance.card_issue_number,
        municipality_code=issuance.providing_municipality_code,
        card_operation_status="ordered",
        card_valid_until=issuance.valid_until,
        record_timestamp=act.at,
        jurisdiction_flag=True,
    )


def _order(
    issuance: IssuanceRecord, record: CardApplicationRecord, person: CardPerson, tools: CardTools, signer: CardSigner
) -> IssuanceOrder:
    items = open_items(person, tools.sealer)
    number = opened(tools.sealer, person, "individual_number")
    photo = open_photo(record, tools)
    name, address = substitute_form(items.name_kanji), substitute_form(items.address)
    text = write(
        NumberAndItems(individual_number=number, name=name, address=address, birth_date=items.birth_date, sex=items.sex)
    )
    face = write(
        CardFace(
            card_issue_number=issuance.card_issue_number,
            municipality_code=issuance.providing_municipality_code,
            birth_date=items.birth_date,
            sex=items.sex,
            card_valid_until=issuance.valid_until,
            photo=photo,
        )
    )
    return IssuanceOrder(
        issuance_order_number=issuance.issuance_order_number,
        card_issue_number=issuance.card_issue_number,
        individual_number=number,
        name=items.name_kanji,
        address=items.address,
        birth_date=items.birth_date,
        sex=items.sex,
        municipality_code=issuance.providing_municipality_code,
        card_valid_until=issuance.valid_until,
        photo=photo,
        number_and_items=text,
        number_and_items_signature=signer.sign(text),
        card_face=face,
        card_face_signature=signer.sign(face),
        signer_certificate=signer.certificate,
    )


async def find_order(session: AsyncSession, order_number: str, card_issue_number: str) -> tuple[IssuanceRecord, Card]:
    """Return an order and its card, locked; raises RegistryError(issuance_order_unknown) unless they are a pair."""
    found = select(IssuanceRecord, Card).join(Card, Card.card_issue_number == IssuanceRecord.card_issue_number)
    both = IssuanceRecord.issuance_order_number == order_number, Card.card_issue_number == card_issue_number
    row = (await session.execute(found.where(*both).with_for_update())).one_or_none()
    if row is None:
        raise RegistryError(Code.ISSUANCE_ORDER_UNKNOWN)
    return row[0], row[1]


async def take_shipment(session: AsyncSession, act: Act, message: Shipment) -> Acknowledged:
    """
    Note that a made card was sent to the mayor or to the resident (CARD-16); the same again is taken again.

    Raises RegistryError(issuance_order_unknown, illegal_transition).
    """
    issuance, card = await find_order(session, message.issuance_order_number, message.card_issue_number)
    sent = f"sent_to_{message.sent_to}"
    if issuance.card_state_class != sent:
        if not may_follow(CARD, card.card_operation_status, "delivered"):
            raise RegistryError(Code.ILLEGAL_TRANSITION, "Only a card that was made can be sent.")
        card.card_operation_status, issuance.card_state_class = "delivered", sent
        issuance.contractor_code, card.record_timestamp = act.body, act.at
    return Acknowledged(reference=issuance.id)
