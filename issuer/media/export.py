"""An export of the mdoc file: states of sets, sealed to a medium, under an accepted request (MEDIA-13, MEDIA-14).

It tells which sets were in which state, by their own ids. Numbers, photos and the four items have no place in it, and
nobody outside receives it (MDOC-63).
"""

from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.media.ledger import note, usable
from issuer.media.models import WorkRequest
from issuer.media.work import accepted
from issuer.smp.application.content import public_key
from issuer.smp.record.models import RecordSet
from registry.act import Act
from registry.messages.media import Export, Exported
from registry.period import within
from registry.sealing.columns import Sealer
from registry.trail.provide import provide

MOST = 5_000
"""Sets in one export; a larger period is divided."""

FIELDS = ("mdoc_id", "mdoc_status", "status_reason", "valid_from", "valid_until", "updated_at")
_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


def medium_info(medium_id: str, work_id: UUID) -> bytes:
    """Return the `info` that binds an export to its medium and its work request (RFC 9180)."""
    return b"tegata/medium/v1\0" + medium_id.encode("ascii") + b"\0" + work_id.bytes


async def export(session: AsyncSession, act: Act, message: Export, sealer: Sealer) -> Exported:
    """
    Return the states of the sets of the requested period, sealed to the medium; each set leaves a record.

    Raises IssuerError(medium_unknown, medium_disposed, work_not_accepted, work_done, export_too_large).
    """
    medium = await usable(session, message.medium_id)
    work = await accepted(session, message.work_id, message.medium_id)
    sets = await _sets(session, work)
    for each in sets:
        subject = sealer.index("person", each.signing_certificate_serial_number)
        await provide(
            session, act, subject=subject, reason="medium", fields=FIELDS, number=False, recipient=medium.medium_id
        )
    note(session, act, medium.medium_id, "written", work_id=work.work_id, detail=work.purpose)
    content = msgspec.json.encode([{name: getattr(each, name) for name in FIELDS} for each in sets])
    sealed = _SUITE.encrypt(content, public_key(medium.public_key), info=medium_info(medium.medium_id, work.work_id))
    return Exported(work_id=work.work_id, medium_id=medium.medium_id, sets=len(sets), sealed=sealed)


async def _sets(session: AsyncSession, work: WorkRequest) -> list[RecordSet]:
    period = within(RecordSet.registered_at, work.since, work.until)
    found = list(await session.scalars(select(RecordSet).where(*period).order_by(RecordSet.mdoc_id).limit(MOST + 1)))
    if len(found) > MOST:
        raise IssuerError(Code.EXPORT_TOO_LARGE, f"An export tells of at most {MOST} sets: divide the period.")
    return found
