"""What is in force, what follows it, and what ends soon: the certificates of the house by the calendar."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.models import IssuedCertificate, RevokedCertificate
from pki.profiles.all import PROFILES

log = logging.getLogger(__name__)

# A root must outlive everything it will still certify: the longest signer lives 1187 days.
_ROOTS, _SIGNERS, _OTHERS = timedelta(days=1187), timedelta(days=75), timedelta(days=30)
_SIGNING = ("document signer", "document signer with both usages", "status signer", "VICAL signer", "card-data signer")


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """
    One certificate: who it is of, what it is today, and how many whole days are left.

    `state`: announced, active, retired (followed by another, still verified), ended, revoked. `alarm`: it is the last
    of its kind that will be in force, and ends soon.
    """

    profile: str
    name: str
    serial: str
    not_before: datetime
    not_after: datetime
    state: str
    days_left: int
    alarm: bool


async def overview(session: AsyncSession, at: datetime) -> list[CertificateLine]:
    """Return a line for each certificate of the house that has not ended, in the order of their profiles."""
    rows = await session.execute(
        select(IssuedCertificate, RevokedCertificate.serial)
        .outerjoin(
            RevokedCertificate,
            (RevokedCertificate.authority == IssuedCertificate.authority)
            & (RevokedCertificate.serial == IssuedCertificate.serial),
        )
        .where(IssuedCertificate.not_after >= at - timedelta(days=30))
    )
    groups: dict[tuple[str, str], list[tuple[IssuedCertificate, bool]]] = defaultdict(list)
    for row, revoked in rows:
        groups[row.profile, _name(row)].append((row, revoked is not None))
    order = list(PROFILES)
    found = [line for (_, name), members in groups.items() for line in _lines(name, members, at)]
    return sorted(found, key=lambda line: (order.index(line.profile), line.name, line.not_before))


def _name(row: IssuedCertificate) -> str:
    return row.doc_type or x509.load_der_x509_certificate(row.der).subject.rfc4514_string()


def _lines(name: str, members: Sequence[tuple[IssuedCertificate, bool]], at: datetime) -> list[CertificateLine]:
    usable = [row for row, revoked in members if not revoked]
    begun = [row for row in usable if row.not_before <= at <= row.not_after]
    active = max(begun, key=lambda row: row.not_before, default=None)
    last = max(usable, key=lambda row: row.not_after, default=None)
    return [
        CertificateLine(
            profile=row.profile,
            name=name,
            serial=row.serial,
            not_before=row.not_before,
            not_after=row.not_after,
            state="revoked" if revoked else _state(row, active, at),
            days_left=max((row.not_after - at).days, 0),
            alarm=row is last and row.not_after - at <= _soon(row.profile),
        )
        for row, revoked in members
    ]


def _state(row: IssuedCertificate, active: IssuedCertificate | None, at: datetime) -> str:
    if at < row.not_before:
        return "announced"
    if row.not_after < at:
        return "ended"
    return "active" if row is active else "retired"


def _soon(profile: str) -> timedelta:
    if PROFILES[profile].authority:
        return _ROOTS
    return _SIGNERS if profile in _SIGNING else _OTHERS


class DailyWatch:
    """Puts every alarm into the log once a day, as the number of days that are left."""

    def __init__(self) -> None:
        self._said: set[tuple[str, date]] = set()

    def report(self, lines: Sequence[CertificateLine], at: datetime) -> None:
        """Log the alarms that were not logged today."""
        for line in lines:
            if line.alarm and (line.serial, at.date()) not in self._said:
                self._said.add((line.serial, at.date()))
                extra = {"kind": line.profile, "count": line.days_left, "reference": line.serial}
                log.warning("certificate ends soon", extra=extra)
