"""E-37: what JPKI tells about a signing certificate, found by its serial and never by a number (MDOC-35, MDOC-51)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code
from issuer.smp.application.models import Application
from issuer.smp.record.affairs import carried_out, open_affair, register_affair, turned_down
from issuer.smp.record.causes import ENDS_THE_CARD
from issuer.smp.record.expiry import causes_of
from issuer.smp.record.in_force import sets_of_certificate
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import JpkiEventRecord, RecordSet
from issuer.smp.record.states import ON_THE_PHONE
from issuer.smp.record.suspension import suspend
from issuer.smp.tools import SmpTools
from registry.act import Act
from registry.messages.message import Acknowledged
from registry.messages.smp import JpkiEvent

_EVENTS: Final[Any] = JpkiEventRecord.__table__
_ONCE: Final = insert(_EVENTS).on_conflict_do_nothing().returning(_EVENTS.c.event_id)
_MARKS = {"revoked": "revoked", "held": "held", "released": None}
"""What an event leaves on applications whose records are not made yet."""


async def take_in(session: AsyncSession, act: Act, message: JpkiEvent, tools: SmpTools) -> Acknowledged:
    """
    Act on an event once; a doubled one, and one about an unknown certificate, is acknowledged and changes nothing.

    The answer is always the same, so that it tells nobody who holds records.
    """
    answer = Acknowledged(reference=message.event_id)
    if await _overtaken(session, message):
        await _record(session, act, message, known=True)
        return answer
    # Applications first: the lock makes this event wait for an issue in progress, whose set is then found below.
    await _mark_applications(session, message)
    sets = await sets_of_certificate(session, message.signing_certificate_serial)
    if await _record(session, act, message, known=bool(sets)):
        await _act_on(session, act, message, sets, tools)
    return answer


async def _overtaken(session: AsyncSession, message: JpkiEvent) -> bool:
    """Tell whether a later hold or release has arrived before this one: then the later one stands."""
    if message.kind not in {"held", "released"}:
        return False
    later = select(JpkiEventRecord.event_id).where(
        JpkiEventRecord.signing_certificate_serial_number == message.signing_certificate_serial,
        JpkiEventRecord.kind.in_(["held", "released"]),
        JpkiEventRecord.occurred_at > message.occurred_at,
    )
    return (await session.scalars(later.limit(1))).first() is not None


async def _record(session: AsyncSession, act: Act, message: JpkiEvent, *, known: bool) -> bool:
    """Write the event down; False when it is known already."""
    values = {
        "event_id": message.event_id,
        "signing_certificate_serial_number": message.signing_certificate_serial,
        "kind": message.kind,
        "cause": message.cause,
        "known_serial": known,
        "occurred_at": message.occurred_at,
        "registered_at": act.at,
    }
    return (await session.execute(_ONCE, values)).first() is not None


async def _mark_applications(session: AsyncSession, message: JpkiEvent) -> None:
    if message.kind not in _MARKS:
        return
    statement = update(Application).where(
        Application.signing_certificate_serial_number == message.signing_certificate_serial,
        Application.application_type == "issue",
        Application.certificate_standing.is_distinct_from("revoked"),
    )
    await session.execute(statement.values(certificate_standing=_MARKS[message.kind]))


async def _act_on(
    session: AsyncSession, act: Act, message: JpkiEvent, sets: Sequence[RecordSet], tools: SmpTools
) -> None:
    if message.kind in {"held", "released"}:
        for record_set in sets:  # a hold is never a cause of lapse (D8)
            record_set.certificate_on_hold, record_set.updated_at = message.kind == "held", act.at
    elif sets:
        kind: Literal["revoke", "suspend"] = "revoke" if message.kind == "revoked" else "suspend"
        affair = open_affair(act, kind, serial=message.signing_certificate_serial, reason=message.cause)
        if kind == "revoke":
            await _lapse_all(session, act, message, sets, affair.application_id, tools)
            carried_out(affair, act)
        else:
            await _suspend_all(session, act, message, sets, affair, tools)
        await register_affair(session, affair)


async def _lapse_all(
    session: AsyncSession, act: Act, message: JpkiEvent, sets: Sequence[RecordSet], affair: UUID, tools: SmpTools
) -> None:
    for record_set in sets:
        await lapse(
            session,
            act,
            record_set,
            revoked_by(record_set, message.cause, message.occurred_at, tools),
            tools=tools,
            effective_at=min(message.occurred_at, record_set.valid_until),
            trigger=message.cause,
            caused_by=affair,
        )


def revoked_by(record_set: RecordSet, reason: str, since: datetime, tools: SmpTools) -> list[str]:
    """
    Return the causes by which a set ends whose certificate was revoked at `since` for a reason.

    9-1b: JPKI Act 15(1) covers change of name and address, death, expiry. A revocation on the instant at which the set
    ends anyway falls together with that; a later one finds a set that has ended already.
    """
    causes = ["9-1b", "9-1a"] if reason in ENDS_THE_CARD else ["9-1b"]
    if since < record_set.valid_until:
        return causes
    ended = causes_of(record_set, tools.sealer)
    return ended if since > record_set.valid_until else [*causes, *(each for each in ended if each not in causes)]


async def _suspend_all(
    session: AsyncSession, act: Act, message: JpkiEvent, sets: Sequence[RecordSet], affair: Application, tools: SmpTools
) -> None:
    running = [each for each in sets if each.mdoc_status in ON_THE_PHONE and act.at < each.valid_until]
    with session.no_autoflush:  # all rows are written at the end: nothing that is asked meanwhile is about them
        for record_set in running:
            await suspend(session, act, record_set, reason=message.cause, caused_by=affair.application_id, tools=tools)
    if running:
        carried_out(affair, act)
    else:
        turned_down(affair, act, Code.NOT_ACTIVE)
