"""Suspension (一時利用停止) and its end: a state and not a lapse, in effect with the request (MDOC-53 to MDOC-57)."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.record.commands import command
from issuer.smp.record.lapse import publish
from issuer.smp.record.models import RecordSet
from issuer.smp.record.notices import notify
from issuer.smp.record.states import ON_THE_PHONE, Status, may
from issuer.smp.record.steps import move, was_in_use
from issuer.smp.tools import SmpTools
from mdoc.status import Status as Published
from registry.act import Act


async def suspend(
    session: AsyncSession, act: Act, record_set: RecordSet, *, reason: str, caused_by: UUID, tools: SmpTools
) -> None:
    """
    Suspend a set at once: state, status of every record, command and notice in one transaction (MDOC-56).

    A set that the phone has not confirmed is suspended like one in use: who holds the phone could confirm it. Raises
    IssuerError(record_not_active) for a set that is suspended already, and record_lapsed for one that has ended.
    """
    _refuse_ended(record_set, act)
    if record_set.mdoc_status not in ON_THE_PHONE:
        raise IssuerError(Code.NOT_ACTIVE, "The records are suspended already.")
    record_set.suspended_by = caused_by
    await move(session, act, record_set, Status.SUSPENDED, reason=reason, sealer=tools.sealer)
    await publish(session, record_set, Published.SUSPENDED)
    await command(session, act, record_set, "suspend", sealer=tools.sealer)
    await notify(session, act, record_set, "suspended", cause=None, caused_by=caused_by, tools=tools)


async def release(
    session: AsyncSession, act: Act, record_set: RecordSet, *, caused_by: UUID, tools: SmpTools
) -> UUID | None:
    """
    Lift a suspension; return the application that had suspended the set (解除契機).

    The set comes back into the state it was in: in use, or waiting for its phone. Whether the certificate is in effect
    is asked by the caller. Raises IssuerError: record_lapsed, record_not_suspended, certificate_on_hold (D8).
    """
    _refuse_ended(record_set, act)
    if record_set.mdoc_status != Status.SUSPENDED:
        raise IssuerError(Code.NOT_SUSPENDED, "The records are not suspended.")
    if record_set.certificate_on_hold:
        raise IssuerError(Code.CERTIFICATE_ON_HOLD, "The card's signing certificate is on hold.")
    back_to = Status.ACTIVE if await was_in_use(session, record_set) else Status.ISSUED
    await move(session, act, record_set, back_to, reason="released", sealer=tools.sealer)
    suspended_by, record_set.suspended_by = record_set.suspended_by, None
    await publish(session, record_set, Published.VALID)
    await command(session, act, record_set, "resume", sealer=tools.sealer)
    await notify(session, act, record_set, "released", cause=None, caused_by=caused_by, tools=tools)
    return suspended_by


def _refuse_ended(record_set: RecordSet, act: Act) -> None:
    ended = not any(may(record_set.mdoc_status, status) for status in Status)
    if ended or act.at >= record_set.valid_until:
        raise IssuerError(Code.RECORD_LAPSED, "The records have lost effect.")
