"""E-24: the steps of a municipal counter on one card (CARD-17, CARD-18, CARD-26, CARD-27)."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.certificates import certificate_state
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import Card
from registry.card.people import opened
from registry.card.states import CARD, HANDED_OVER, may_follow
from registry.card.tools import CardTools
from registry.card.validity import has_ended
from registry.errors import Code, RegistryError
from registry.messages.card import CounterAnswer, CounterStep
from registry.messages.jpki import ReleaseCertificates
from registry.outbox.put import put
from registry.outbox.queue import wake
from registry.trail.provide import provide

REFRESH = "refresh"
REISSUED = "reissued"  # the former card ends with the handover of the new one (Order article 28)
FIELDS = (
    "card_issue_number",
    "card_operation_status",
    "card_valid_until",
    "municipality_code",
    "processing_result_code",
)


@dataclass(frozen=True)
class Rule:
    """What one step leads to, and what must be shown for it."""

    to: str
    identity: bool = False
    reason: bool = False


STEPS: Mapping[str, Rule] = {
    "prepare": Rule("prepared"),
    "hand_over": Rule("in_use", identity=True),
    "lift_suspension": Rule("in_use", identity=True),  # CARD-26: at the municipality, after an identity check
    "suspend": Rule("suspended", identity=True, reason=True),
    "abolish": Rule("abolished", reason=True),
    "collect": Rule("collected"),
}
FROM = {"hand_over": "prepared", "lift_suspension": "suspended"}  # two ways into the same state


async def counter_step(session: AsyncSession, act: Act, message: CounterStep, tools: CardTools) -> CounterAnswer:
    """
    Take one card through one step and return what this step needs: the number for the handover alone.

    Raises RegistryError(card_unknown, wrong_municipality, identity_check_missing, reason_missing, illegal_transition,
    card_expired).
    """
    card = await find_card(session, message.card_issue_number)
    person = await session.get_one(CardPerson, card.person_id)
    if act.body not in {card.municipality_code, person.address_municipality_code}:
        raise RegistryError(Code.WRONG_MUNICIPALITY, "The card is in the care of another municipality.")
    _check(act, card, message)
    card.card_operation_status, card.record_timestamp = STEPS[message.step].to, act.at
    await _effect(session, act, card, message, tools)
    number = opened(tools.sealer, person, "individual_number") if message.step == "hand_over" else None
    await _record(session, act, person, message.step, number=number is not None)
    return CounterAnswer(
        request_id=message.request_id,
        card_issue_number=card.card_issue_number,
        card_operation_status=card.card_operation_status,
        card_valid_until=card.card_valid_until,
        municipality_code=card.municipality_code,
        processing_result_code="done",
        individual_number=number,
    )


async def find_card(session: AsyncSession, card_issue_number: str) -> Card:
    """Return a card, locked; raises RegistryError(card_unknown)."""
    card = await session.scalar(select(Card).where(Card.card_issue_number == card_issue_number).with_for_update())
    if card is None:
        raise RegistryError(Code.CARD_UNKNOWN)
    return card


def _check(act: Act, card: Card, message: CounterStep) -> None:
    rule = STEPS[message.step]
    if rule.identity and not message.identity_checked:
        raise RegistryError(Code.IDENTITY_CHECK_MISSING)
    if rule.reason and message.reason is None:
        raise RegistryError(Code.REASON_MISSING)
    state = card.card_operation_status
    if not may_follow(CARD, state, rule.to) or state != FROM.get(message.step, state):
        raise RegistryError(Code.ILLEGAL_TRANSITION)
    if rule.to == "in_use" and has_ended(card.card_valid_until, legal_day(act.at)):
        raise RegistryError(Code.CARD_EXPIRED)


async def _record(session: AsyncSession, act: Act, person: CardPerson, step: str, *, number: bool) -> None:
    """Leave the record of the provision to the mayor (AUDIT-4)."""
    fields = (*FIELDS, "individual_number") if number else FIELDS
    await provide(session, act, subject=person.record_code_index, reason=step, fields=fields, number=number)


async def _effect(session: AsyncSession, act: Act, card: Card, message: CounterStep, tools: CardTools) -> None:
    """Write what a step changes besides the state."""
    today = legal_day(act.at)
    match message.step:
        case "hand_over":
            await _hand_over(session, act, card)
        case "lift_suspension":
            await _lift(session, act, card, message, tools)
        case "suspend":
            card.suspended_date, card.suspension_reason = today, message.reason
        case "abolish":
            abolish(card, act, message.reason or "")
        case "collect":
            card.card_collected_date = today
        case "prepare":
            pass  # the state says it all


async def _hand_over(session: AsyncSession, act: Act, card: Card) -> None:
    card.handed_over_date, card.refresh_at = legal_day(act.at), act.at
    others = select(Card).where(
        Card.person_id == card.person_id, Card.id != card.id, Card.card_operation_status.in_(HANDED_OVER)
    )
    for former in await session.scalars(others.with_for_update()):
        abolish(former, act, REISSUED)
    await wake(session, REFRESH)  # CARD-12: the second query, so that changes in between are not missed


async def _lift(session: AsyncSession, act: Act, card: Card, message: CounterStep, tools: CardTools) -> None:
    card.suspended_date = card.suspension_reason = None
    serial = card.subject_certificate_serial_number
    if serial is None:
        return
    if await certificate_state(serial, tools, act) in {"held", "unknown"}:  # else there is no hold to release
        release = ReleaseCertificates(request_id=message.request_id, signing_certificate_serial=serial)
        await put(session, act, "pki.release", release, sealer=tools.sealer)


def abolish(card: Card, act: Act, reason: str) -> None:
    """End a card with date and reason (CARD-27): for ever."""
    card.card_operation_status, card.record_timestamp = "abolished", act.at
    card.card_abolished_date, card.card_abolition_reason = legal_day(act.at), reason
