"""Versions of a person as of an instant: what was on file then, and what was true on a day (JUKI-10)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.juki.models import IdentityRecord


def _on_file(at: datetime) -> ColumnElement[bool]:
    still = or_(IdentityRecord.superseded_at.is_(None), IdentityRecord.superseded_at > at)
    return (IdentityRecord.recorded_at <= at) & still


async def versions(session: AsyncSession, person_id: UUID) -> Sequence[IdentityRecord]:
    """Return every version of a person, oldest first."""
    query = select(IdentityRecord).where(IdentityRecord.person_id == person_id)
    return (await session.scalars(query.order_by(IdentityRecord.update_sequence_number))).all()


async def on_file(session: AsyncSession, person_id: UUID, at: datetime) -> IdentityRecord | None:
    """Return the version that stood in the file at an instant (recorded time), or None before the first."""
    return await session.scalar(select(IdentityRecord).where(IdentityRecord.person_id == person_id, _on_file(at)))


async def true_on(session: AsyncSession, person_id: UUID, day: date, *, known_at: datetime) -> IdentityRecord | None:
    """Return the version whose change had happened by a day (valid time), as far as the file knew at an instant."""
    query = select(IdentityRecord).where(
        IdentityRecord.person_id == person_id,
        IdentityRecord.recorded_at <= known_at,
        IdentityRecord.change_date <= day,
    )
    newest = query.order_by(IdentityRecord.change_date.desc(), IdentityRecord.update_sequence_number.desc())
    return await session.scalar(newest.limit(1))
