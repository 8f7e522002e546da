"""One set of records per person: what stands in the way of another (Act 18-2 paragraph 1, D10, MDOC-32)."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from issuer.smp.application.models import Application
from issuer.smp.application.states import IN_ISSUE
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import IN_FORCE, Status

_LOCKS: Final = text("""
SELECT pg_advisory_xact_lock(place) FROM (
    SELECT DISTINCT hashtextextended(card, 18) AS place FROM unnest(CAST(:cards AS text[])) AS card ORDER BY place
) AS places
""")


async def lock_people(session: AsyncSession, cards: Sequence[str]) -> None:
    """Let one decision at a time be taken about each card, until the transaction ends; in one order for everybody."""
    await session.execute(_LOCKS, {"cards": list(cards)})


async def those_in_the_way(session: AsyncSession, ids: Sequence[UUID], *, at: datetime) -> set[UUID]:
    """
    Return those of the applications whose holders have another set already, or are about to.

    That is a set in force, one that is being issued anew, or another application under way.
    """
    return set(await session.scalars(_hindered(), {"ids": list(ids), "at": at}))


@cache
def _hindered() -> Select[UUID]:
    """The question, put together once."""
    candidate, successor = aliased(Application), aliased(RecordSet)
    followed = exists().where(successor.replaces == RecordSet.mdoc_id)
    sets = exists().where(
        _same_person(RecordSet, candidate),
        RecordSet.valid_until > bindparam("at"),
        or_(RecordSet.mdoc_status.in_(IN_FORCE), (RecordSet.status_reason == USED_UP) & ~followed),
    )
    others = exists().where(
        _same_person(Application, candidate),
        Application.application_type == "issue",
        Application.application_status.in_(IN_ISSUE),
        Application.application_id != candidate.application_id,
    )
    asked = candidate.application_id.in_(bindparam("ids", expanding=True))
    return select(candidate.application_id).where(asked, or_(sets, others))


def _same_person(table: type[RecordSet] | type[Application], application: type[Application]) -> ColumnElement[bool]:
    # The card, or its signing certificate: never the number (MDOC-28).
    return or_(
        table.card_issue_number == application.card_issue_number,
        table.signing_certificate_serial_number == application.signing_certificate_serial_number,
    )


async def sets_of_certificate(session: AsyncSession, serial: str) -> Sequence[RecordSet]:
    """
    Return the sets in force that rest on a signing certificate, newest first, locked for this transaction.

    The first look waits for whoever holds a set, a renewal that is being sent for one; the second one sees what that
    left, so that nothing which was asked about the phone passes by the set that has just been made for it.
    """
    await session.execute(_WAIT, {"serial": serial})
    return (await session.scalars(_OF_CERTIFICATE, {"serial": serial})).all()


_OF_CERTIFICATE: Final = (
    select(RecordSet)
    .where(RecordSet.signing_certificate_serial_number == bindparam("serial"), RecordSet.mdoc_status.in_(IN_FORCE))
    .order_by(RecordSet.registered_at.desc())
    .with_for_update()
    .execution_options(populate_existing=True)
)
_WAIT: Final = _OF_CERTIFICATE.with_only_columns(RecordSet.mdoc_id)


async def set_of(session: AsyncSession, mdoc_id: UUID) -> RecordSet | None:
    """Return one set, locked for this transaction, or None."""
    return await session.get(RecordSet, mdoc_id, with_for_update=True)


async def lock_sets(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, RecordSet]:
    """Lock sets for this transaction, in one order for everybody, and return them by id."""
    if not ids:
        return {}
    rows = await session.scalars(
        select(RecordSet)
        .where(RecordSet.mdoc_id.in_(ids))
        .order_by(RecordSet.mdoc_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.mdoc_id: row for row in rows}


async def latest_set(session: AsyncSession, serial: str) -> RecordSet | None:
    """Return the newest set of a certificate in whatever state, locked; superseded ones stand behind it."""
    statement = (
        select(RecordSet)
        .where(RecordSet.signing_certificate_serial_number == serial, RecordSet.mdoc_status != Status.SUPERSEDED)
        .order_by(RecordSet.registered_at.desc())
        .limit(1)
        .with_for_update()
    )
    return (await session.scalars(statement)).one_or_none()
