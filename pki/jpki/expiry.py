"""Certificates whose period is over: noted once, and SMP hears of each (JPKI Act article 15, paragraph 1)."""

from datetime import datetime

from sqlalchemy import select

from pki.jpki.models import SIGNATURE, UserCertificate
from pki.jpki.register import change
from pki.jpki.smp_events import tell_smp
from pki.jpki.states import REVOKED
from registry.act import Chance, job
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer

BATCH = 500


async def expire_due(sessions: Sessions, sealer: Sealer, random: Chance, *, at: datetime) -> int:
    """Revoke up to 500 certificates whose period is over, with the reason `expired`; return how many."""
    act = job("pki", "pki.expire", at=at, random=random)
    async with sessions.begin() as session:
        rows = await session.scalars(
            select(UserCertificate)
            .where(UserCertificate.state != REVOKED, UserCertificate.not_after < at)
            .order_by(UserCertificate.not_after)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        found = rows.all()
        for row in found:
            change(session, act, row, REVOKED, "expired", since=row.not_after)
            if row.kind == SIGNATURE:
                await tell_smp(session, act, row.serial, "revoked", "expired", sealer=sealer, occurred_at=row.not_after)
    return len(found)
