"""
The holder's duty to notify (Act 18-2 paragraph 8, Order 39-10): the phone can no longer be trusted with the records.

It ends the records by 9-3. A lost phone that was only reported (Order 39-16) is suspended and is something else.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.smp.record.models import HolderNotice, RecordSet
from issuer.smp.retention import NOTICE_YEARS
from registry.act import Act
from registry.retention.rule import kept_until

GROUNDS: Final = frozenset(
    {
        "medium_unusable",  # paragraph 8 itself
        "key_leaked",  # Order 39-10, as all that follow
        "key_lost",
        "key_damaged",
        "phone_given_up",
        "phone_lost",
    }
)


def cause_of(reason: str | None) -> str:
    """Return the cause of a lapse that the holder brings about: 9-3 for a ground of paragraph 8, else 9-5iii."""
    return "9-3" if reason in GROUNDS else "9-5iii"


def note(session: AsyncSession, act: Act, record_set: RecordSet, reason: str | None) -> None:
    """Keep a notice of paragraph 8 for ten years, in a table of its own (Order 39-19); any other reason leaves none."""
    if reason not in GROUNDS:
        return
    session.add(
        HolderNotice(
            notice_id=act.new_id(),
            mdoc_id=record_set.mdoc_id,
            application_id=record_set.application_id,
            signing_certificate_serial_number=record_set.signing_certificate_serial_number,
            ground=reason,
            received_at=act.at,
            erase_after=kept_until(act.at, NOTICE_YEARS),
        )
    )
