"""
What an update tells others, through the outbox: E-34a to JPKI and E-12 to the card system.

JPKI hears record code, kind and date; items and number have no field there (LINK-5). The card system hears the items
with the number, and keeps them only for persons with a card record (JUKI-31).
"""

from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Act
from registry.juki.models import IdentityRecord
from registry.juki.reasons import State
from registry.messages.card import ChangeEvent
from registry.messages.jpki import PersonChanged
from registry.messages.juki import IdentityUpdate
from registry.outbox.put import put
from registry.sealing.columns import Sealer
from registry.trail.provide import provide

FIELDS = ["resident_record_code", "individual_number", "change_reason", "change_date", "items"]


async def tell(session: AsyncSession, act: Act, message: IdentityUpdate, row: IdentityRecord, sealer: Sealer) -> None:
    """Put both events of an applied update into the outbox, in its transaction, with the provision record."""
    await put(session, act, "pki.person_changed", _for_jpki(act, message), sealer=sealer)
    await put(session, act, "card.change_event", _for_card(act, message, row), sealer=sealer)
    await provide(
        session,
        act,
        subject=sealer.index("person", message.resident_record_code),
        recipient="card",
        reason="change_event",
        fields=FIELDS,
        number=message.individual_number is not None,
    )


def _for_jpki(act: Act, message: IdentityUpdate) -> PersonChanged:
    return PersonChanged(
        event_id=act.new_id(),
        # JPKI knows the person by the code that was on file when the certificates were ordered.
        resident_record_code=message.former_record_code or message.resident_record_code,
        reason=message.reason,
        change_date=message.change_date,
    )


def _for_card(act: Act, message: IdentityUpdate, row: IdentityRecord) -> ChangeEvent:
    return ChangeEvent(
        event_id=act.new_id(),
        resident_record_code=message.resident_record_code,
        individual_number=message.individual_number,
        reason=message.reason,
        change_date=message.change_date,
        items=message.items,
        present=row.state == State.PRESENT,
        former_record_code=message.former_record_code,
    )
