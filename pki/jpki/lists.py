"""Revocation lists of the two authorities: made when something changed and once a day, served from the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.crl import Revoked
from pki.ca.issue import Authority
from pki.ca.lists import Terms, publish
from pki.jpki.models import AUTHORITY_OF, UserCertificate
from pki.jpki.states import GOOD, HELD
from registry.postgres.engine import Sessions

DAILY = timedelta(days=1)
# The list is renewed daily; it stays usable for three days, so that one missed run stops nobody.
LASTS = timedelta(days=3)
TERMS = Terms(LASTS, DAILY, with_reasons=True)
NAMES = {name: kind for kind, name in AUTHORITY_OF.items()}

# The reason codes that status answers of this service are known to use, and the events that give them.
_REASONS = {
    "superseded": x509.ReasonFlags.superseded,
    "death": x509.ReasonFlags.cessation_of_operation,
    "deletion_ex_officio": x509.ReasonFlags.cessation_of_operation,
    "key_compromise": x509.ReasonFlags.key_compromise,
}


async def publish_due(sessions: Sessions, authorities: Mapping[str, Authority], *, at: datetime) -> int:
    """
    Make a new list for each authority whose entries changed or whose list is a day old; return how many.

    `authorities`: those named in `NAMES` are looked at.
    """
    made = 0
    for name in NAMES.keys() & authorities.keys():
        async with sessions.begin() as session:
            entries = partial(_entries, session, NAMES[name], at)
            made += await publish(session, name, authorities[name], entries, TERMS, at=at)
    return made


async def _entries(session: AsyncSession, kind: str, at: datetime) -> Sequence[Revoked]:
    """RFC 5280 3.3: an entry stays until one list after the end of its certificate's period."""
    rows = await session.execute(
        select(UserCertificate.serial, UserCertificate.state, UserCertificate.reason, UserCertificate.since)
        .where(UserCertificate.kind == kind, UserCertificate.state != GOOD, UserCertificate.not_after >= at - DAILY)
        .order_by(UserCertificate.serial)
    )
    return [Revoked(int(serial, 16), since, reason_of(state, reason)) for serial, state, reason, since in rows]


def reason_of(state: str, reason: str | None) -> x509.ReasonFlags | None:
    """Give the reason code for a state and the event that led to it."""
    if state == HELD:
        return x509.ReasonFlags.certificate_hold
    return _REASONS.get(reason or "", x509.ReasonFlags.affiliation_changed)
