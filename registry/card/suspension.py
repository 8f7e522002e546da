"""E-31 and E-33: suspension of a card after the caller's check, and the notice to the mayor (CARD-22, 23, 25)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.calendar import legal_day
from registry.card.handover import find_card
from registry.card.models.destination import CardPerson
from registry.card.models.ledger import CallerCheck, Card
from registry.card.tools import CardTools
from registry.errors import Code, RegistryError
from registry.messages.card import CardState, SuspendCard
from registry.messages.smp import CardSuspendedNotice
from registry.outbox.put import put
from registry.trail.provide import provide

CHECK_HOLDS = timedelta(hours=1)  # one telephone call; whoever calls again is identified again


async def suspend(session: AsyncSession, act: Act, message: SuspendCard, tools: CardTools) -> CardState:
    """
    Suspend a card in use on the application of the call centre, which has identified the caller before.

    Raises RegistryError(caller_not_identified, illegal_transition). An unknown card was never found for a caller,
    so it gets the first answer.
    """
    checked = (
        select(CallerCheck.id)
        .join(Card, Card.id == CallerCheck.card_id)
        .where(
            Card.card_issue_number == message.card_issue_number,
            CallerCheck.identity_check == message.identity_check,
            CallerCheck.at > act.at - CHECK_HOLDS,
        )
    )
    if await session.scalar(checked) is None:
        raise RegistryError(Code.CALLER_NOT_IDENTIFIED, "Look the caller up first: the check belongs to one card.")
    card = await find_card(session, message.card_issue_number)
    if card.card_operation_status != "in_use":
        raise RegistryError(Code.ILLEGAL_TRANSITION, "Only a card in use can be suspended.")
    card.card_operation_status, card.record_timestamp = "suspended", act.at
    card.suspended_date, card.suspension_reason = legal_day(act.at), message.reason
    await _tell_mayor(session, act, card, tools)
    return CardState(
        request_id=message.request_id,
        card_issue_number=card.card_issue_number,
        card_operation_status=card.card_operation_status,
    )


async def _tell_mayor(session: AsyncSession, act: Act, card: Card, tools: CardTools) -> None:
    person = await session.get_one(CardPerson, card.person_id)
    notice = CardSuspendedNotice(
        notice_id=act.new_id(),
        municipality_code=person.address_municipality_code,
        card_issue_number=card.card_issue_number,
        suspended_on=legal_day(act.at),
    )
    await put(session, act, "municipal-cs.card_suspended", notice, sealer=tools.sealer, key=notice.notice_id)
    await provide(
        session,
        act,
        subject=person.record_code_index,
        recipient=notice.municipality_code,
        reason="card_suspended",
        fields=("card_issue_number", "suspended_on"),
        number=False,
    )
