"""
Loss of effect (失効): everything that follows from it, in one transaction (Act 18-2 paragraphs 9, 10, 12).

State and history, the status of every record, the lapse record without number and photo, the notice that is repeated,
the command to the phone, the word to the municipality. Final: nothing leads back (MDOC-42).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.application.states import State, advance
from issuer.smp.record.causes import CAUSES, decisive
from issuer.smp.record.commands import command
from issuer.smp.record.models import IssuedRecord, LapseRecord, Notice, RecordSet
from issuer.smp.record.municipality import tell_municipality
from issuer.smp.record.notices import notify
from issuer.smp.record.states import Status
from issuer.smp.record.steps import move
from issuer.smp.retention import LAPSE_YEARS
from issuer.smp.tools import SmpTools
from issuer.status_list.entries import locked_places, set_status_of
from mdoc.status import Status as Published
from registry.act import Act
from registry.retention.rule import kept_until

_PLACES: Final = locked_places(
    select(IssuedRecord.status_list_id.label("list_id"), IssuedRecord.status_idx.label("idx"))
    .where(IssuedRecord.mdoc_id == bindparam("set_id", type_=IssuedRecord.mdoc_id.type))
    .subquery("places")
)


async def lapse(
    session: AsyncSession,
    act: Act,
    record_set: RecordSet,
    causes: Sequence[str],
    *,
    tools: SmpTools,
    effective_at: datetime | None = None,
    trigger: str | None = None,
    caused_by: UUID | None = None,
) -> Notice:
    """
    Let a set lose effect by one or more causes that fall together; return the notice to the phone.

    Raises IssuerError: reason_required without a known cause (MDOC-36), record_lapsed for a set that has ended.
    """
    if not causes or any(cause not in CAUSES for cause in causes):
        raise IssuerError(Code.REASON_REQUIRED, "A loss of effect needs a ground of article 18-2 paragraph 9.")
    deciding = decisive(causes)
    # What ends by the calendar has expired, also when the card or its certificate ends with it and decides (9-1).
    to = Status.EXPIRED if any(CAUSES[cause].by_itself for cause in causes) else Status.REVOKED
    await _close_application(session, act, record_set)
    await move(session, act, record_set, to, reason=deciding.code, sealer=tools.sealer)
    if to is Status.REVOKED:  # past its validUntil a record says so itself
        await publish(session, record_set, Published.INVALID)
    for cause in causes:
        session.add(_record(act, record_set, cause, cause == deciding.code, effective_at or act.at, trigger))
    await command(session, act, record_set, "delete", sealer=tools.sealer)
    await tell_municipality(session, act, record_set, "lapsed", cause=deciding.code, sealer=tools.sealer)
    return await notify(session, act, record_set, "lapsed", cause=deciding.code, caused_by=caused_by, tools=tools)


async def _close_application(session: AsyncSession, act: Act, record_set: RecordSet) -> None:
    """
    End an application whose set the phone never confirmed: it would stand in the way of the next one for ever.

    That of a set in use is completed, and a set that has ended already is refused by `move`.
    """
    if record_set.replaces is not None:
        return
    application = await session.get_one(Application, record_set.application_id)
    if application.application_status == State.WAITING_DEVICE:
        advance(application, State.UNDELIVERED, at=act.at)
    if application.application_status == State.UNDELIVERED:
        advance(application, State.EXPIRED, at=act.at)


async def publish(session: AsyncSession, record_set: RecordSet, status: Published) -> None:
    """Give every record of a set a status; the status list is republished (MDOC-39, MDOC-54)."""
    await set_status_of(session, _PLACES, {"set_id": record_set.mdoc_id}, status)


def _record(
    act: Act,
    record_set: RecordSet,
    cause: str,
    deciding: bool,  # noqa: FBT001 - a column
    effective_at: datetime,
    trigger: str | None,
) -> LapseRecord:
    return LapseRecord(
        lapse_id=act.new_id(),
        mdoc_id=record_set.mdoc_id,
        application_id=record_set.application_id,
        signing_certificate_serial_number=record_set.signing_certificate_serial_number,
        cause=cause,
        decisive=deciding,
        trigger=trigger,
        effective_at=effective_at,
        registered_at=act.at,
        erase_after=kept_until(act.at, LAPSE_YEARS),
    )
