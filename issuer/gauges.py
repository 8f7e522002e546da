"""What an operator of the mdoc issuance system watches: counts and ages, nothing of a person (AUDIT-17, OPS-5)."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.provisioning.models import Renewal
from issuer.smp.makers.kept import file_of, taken_at
from issuer.smp.record.models import Notice
from issuer.status_list.models import StatusList, StatusToken
from issuer.status_list.plan import ENDED
from registry.calendar import legal_day
from registry.reading import Reading


async def gauges(session: AsyncSession, at: datetime) -> list[Reading]:
    """Return today's renewals by state and reason, notices no phone has confirmed, and the age of the oldest list."""
    open_notices = select(func.count()).where(Notice.confirmed_at.is_(None))
    oldest = await session.scalar(
        select(func.min(StatusToken.issued_at)).join(StatusList).where(StatusList.state != ENDED)
    )
    return [
        *await _renewals(session, at),
        Reading("notices_open", "notices that no phone has confirmed", await session.scalar(open_notices) or 0),
        Reading(
            "status_list_age_seconds",
            "age of the oldest published status list",
            0.0 if oldest is None else (at - oldest).total_seconds(),
        ),
    ]


async def _renewals(session: AsyncSession, at: datetime) -> list[Reading]:
    today = select(Renewal.state, Renewal.reason, func.count()).where(Renewal.day == legal_day(at))
    found = await session.execute(today.group_by(Renewal.state, Renewal.reason))
    return [
        Reading("renewals", "renewals of today's run", count, {"state": state, "reason": reason or ""})
        for state, reason, count in found
    ]


def maker_list_ages(folder: Path, kinds: Iterable[str], at: datetime) -> list[Reading]:
    """Return how long ago each maker's list was taken; what was never taken has no age, and applications wait."""
    taken = {kind: taken_at(file_of(folder, kind)) for kind in kinds}
    return [
        Reading("maker_list_age_seconds", "age of a maker's list", (at - when).total_seconds(), {"kind": kind})
        for kind, when in taken.items()
        if when is not None
    ]
