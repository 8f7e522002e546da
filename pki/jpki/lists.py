"""Revocation lists of the two authorities: made when something changed and once a day, served from the store."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.crl import ListRequest, Revoked, sign_list
from pki.ca.issue import Authority
from pki.jpki.models import AUTHENTICATION, SIGNATURE, PublishedList, UserCertificate
from pki.jpki.states import GOOD, HELD
from registry.postgres.engine import Sessions
from registry.postgres.one_at_a_time import one_at_a_time

DAILY = timedelta(days=1)
# The list is renewed daily; it stays usable for three days, so that one missed run stops nobody.
LASTS = timedelta(days=3)
NAMES = {"signature_ca": SIGNATURE, "authentication_ca": AUTHENTICATION}

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

    `authorities`: by the names in `NAMES`. Numbers count upwards and never repeat (RFC 5280 5.2.3).
    """
    made = 0
    for name, authority in authorities.items():
        async with sessions.begin() as session:
            made += await _publish(session, name, authority, at)
    return made


async def newest(session: AsyncSession, name: str) -> PublishedList | None:
    """Return the list of one authority that is served now."""
    found: PublishedList | None = await session.scalar(
        select(PublishedList).where(PublishedList.authority == name).order_by(PublishedList.number.desc()).limit(1)
    )
    return found


async def _publish(session: AsyncSession, name: str, authority: Authority, at: datetime) -> int:
    await one_at_a_time(session, hashlib.sha256(name.encode()).digest())
    last = await newest(session, name)
    entries = await _entries(session, NAMES[name], at)
    content = _content(entries)
    if last is not None and last.content == content and at < last.this_update + DAILY:
        return 0
    number = 1 if last is None else last.number + 1
    request = ListRequest(tuple(entries), number, at, at + LASTS)
    session.add(
        PublishedList(
            authority=name,
            number=number,
            this_update=at,
            next_update=at + LASTS,
            content=content,
            der=sign_list(request, authority, with_reasons=True),
        )
    )
    return 1


async def _entries(session: AsyncSession, kind: str, at: datetime) -> Sequence[Revoked]:
    """RFC 5280 3.3: an entry stays until one list after the end of its certificate's period."""
    rows = await session.execute(
        select(UserCertificate.serial, UserCertificate.state, UserCertificate.reason, UserCertificate.since)
        .where(UserCertificate.kind == kind, UserCertificate.state != GOOD, UserCertificate.not_after >= at - DAILY)
        .order_by(UserCertificate.serial)
    )
    return [Revoked(int(serial, 16), since, _reason(state, reason)) for serial, state, reason, since in rows]


def _reason(state: str, reason: str | None) -> x509.ReasonFlags | None:
    if state == HELD:
        return x509.ReasonFlags.certificate_hold
    return _REASONS.get(reason or "", x509.ReasonFlags.affiliation_changed)


def _content(entries: Sequence[Revoked]) -> bytes:
    lines = (f"{entry.serial:x} {entry.since.isoformat()} {entry.reason}" for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).digest()
