"""E-21: change events of overseas leavers go to the card system through the outbox, free of numbers (FUHYO-15)."""

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.fuhyo.tools import FuhyoTools
from registry.messages.card import OverseasChangeEvent
from registry.messages.fuhyo import FuhyoUpdate
from registry.outbox.put import put
from registry.trail.provide import provide

FIELDS = ("resident_record_code", "change_date", "name", "name_kana", "address", "birth_date", "sex")


async def tell_card(session: AsyncSession, act: Act, message: FuhyoUpdate, tools: FuhyoTools) -> None:
    """Tell the card system of one change of a person who is, or until now was, an overseas leaver."""
    event = OverseasChangeEvent(
        event_id=message.update_id,
        resident_record_code=message.resident_record_code,
        change_date=message.change_date,
        items=message.items,
        overseas=message.status == "overseas",
    )
    await put(session, act, "card.overseas_change_event", event, sealer=tools.sealer)
    await provide(
        session,
        act,
        subject=tools.subject(message.resident_record_code),
        recipient="card",
        reason="change_event",
        fields=FIELDS,
        number=False,
    )
