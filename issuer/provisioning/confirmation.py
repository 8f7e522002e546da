"""The phone confirms its bundle: the set comes into use, the one before is superseded (MDOC-25, MDOC-50)."""

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.messages import PhoneWord
from issuer.smp.application.models import Application
from issuer.smp.application.phone_message import open_phone_message
from issuer.smp.application.states import State, advance, walk
from issuer.smp.binding import require_bound
from issuer.smp.record.commands import command
from issuer.smp.record.in_force import set_of
from issuer.smp.record.lapse import publish
from issuer.smp.record.models import RecordSet
from issuer.smp.record.municipality import tell_municipality
from issuer.smp.record.states import Status
from issuer.smp.record.steps import move, was_in_use
from issuer.smp.tools import SmpTools
from mdoc.status import Status as Published
from registry.act import Act
from registry.messages.message import Acknowledged


async def confirm_bundle(session: AsyncSession, act: Act, message: PhoneWord, tools: SmpTools) -> Acknowledged:
    """
    Bring a set into use that the phone has opened; confirming it again changes nothing.

    Raises IssuerError: what `open_phone_message` raises, bundle_of_another_phone, phone_not_bound, record_lapsed, and
    record_not_active for a set that was suspended before it was confirmed.
    """
    claims = await open_phone_message(session, message.message, "confirm_bundle", audience=tools.audience, at=act.at)
    record_set = await set_of(session, claims.set_id) if claims.set_id else None
    if record_set is None or record_set.application_id != claims.application.application_id:
        raise IssuerError(Code.OTHER_BUNDLE, "This phone was sent no such bundle.")
    if record_set.mdoc_status == Status.ISSUED:
        require_bound(claims.application)
        await _bring_into_use(session, act, record_set, tools)
        await _complete(session, act, claims.application, record_set, tools)
    elif record_set.mdoc_status not in {Status.ACTIVE, Status.SUSPENDED}:
        raise IssuerError(Code.RECORD_LAPSED, "The records have lost effect.")
    elif not await was_in_use(session, record_set):  # who holds a lost phone must not bring its records into use
        raise IssuerError(Code.NOT_ACTIVE, "The records are suspended.")
    return Acknowledged(reference=record_set.mdoc_id)


async def _bring_into_use(session: AsyncSession, act: Act, record_set: RecordSet, tools: SmpTools) -> None:
    if act.at >= record_set.valid_until:
        raise IssuerError(Code.RECORD_LAPSED, "The records have lost effect.")
    await _supersede(session, act, record_set, tools)
    await move(session, act, record_set, Status.ACTIVE, reason="confirmed", sealer=tools.sealer)
    await tell_municipality(session, act, record_set, "issued", sealer=tools.sealer)


async def _supersede(session: AsyncSession, act: Act, record_set: RecordSet, tools: SmpTools) -> None:
    """End the set before, unless the new one begins only where it ends anyway."""
    old = await set_of(session, record_set.replaces) if record_set.replaces else None
    if old is None:
        return
    if old.mdoc_status == Status.ACTIVE and record_set.valid_from <= act.at:
        await move(session, act, old, Status.SUPERSEDED, reason="renewed", sealer=tools.sealer)
        await publish(session, old, Published.INVALID)


async def _complete(
    session: AsyncSession, act: Act, application: Application, record_set: RecordSet, tools: SmpTools
) -> None:
    """The first set is confirmed in turn: a phone that missed our answer learns of it all the same."""
    if application.application_status in {State.UNDELIVERED, State.WAITING_DEVICE}:
        # Before the application changes, or its row would be written twice.
        letter_id = await command(session, act, record_set, "confirm", sealer=tools.sealer)
        application.confirm_command_task_id, application.wait_command_sent_flag_2 = str(letter_id), True
        if application.application_status == State.UNDELIVERED:
            walk(application, State.SENDING, State.WAITING_DEVICE, at=act.at)
        advance(application, State.COMPLETED, at=act.at)
    application.issuance_bundle_fetch_received_flag = True
    application.event_notification_received_flag = True
    application.event_notification_received_status = "confirmed"
