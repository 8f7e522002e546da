"""
What a holder does with the card in hand: release, lost phone, revocation (MDOC-34, MDOC-52, MDOC-57).

The caller has proven the holder's signature and that the certificate is in effect. Effect in the same request.
"""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.record.affairs import carried_out
from issuer.smp.record.in_force import latest_set, sets_of_certificate
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import Notice, RecordSet
from issuer.smp.record.paragraph_8 import cause_of, note
from issuer.smp.record.states import ON_THE_PHONE, Status
from issuer.smp.record.suspension import release, suspend
from issuer.smp.tools import SmpTools
from registry.act import Act


async def release_suspended(session: AsyncSession, act: Act, application: Application, tools: SmpTools) -> None:
    """
    Lift the suspension of the holder's sets; the application names the one that suspended them.

    Raises IssuerError: no_record, record_lapsed, record_not_suspended, certificate_on_hold.
    """
    for record_set in await _standing(session, act, application, {Status.SUSPENDED}):
        application.release_trigger_application_id = await release(
            session, act, record_set, caused_by=application.application_id, tools=tools
        )
    carried_out(application, act)


async def report_lost_phone(session: AsyncSession, act: Act, application: Application, tools: SmpTools) -> None:
    """
    Suspend whatever is on the phone or on its way to it.

    Raises IssuerError: no_record, record_lapsed, record_not_active.
    """
    for record_set in await _standing(session, act, application, ON_THE_PHONE):
        await suspend(session, act, record_set, reason="lost_phone", caused_by=application.application_id, tools=tools)
    carried_out(application, act)


async def revoke_all(session: AsyncSession, act: Act, application: Application, tools: SmpTools) -> None:
    """
    Let every set in force of the holder lapse: by 9-3 for a ground of paragraph 8, else by 9-5iii.

    Raises IssuerError(no_record, record_lapsed).
    """
    sets = await sets_of_certificate(session, _serial(application))
    if not sets:
        await _one(session, application)
        raise IssuerError(Code.RECORD_LAPSED, "The records have lost effect.")
    for record_set in sets:
        await lapse_by_holder(session, act, record_set, application, tools)
    carried_out(application, act)


async def lapse_by_holder(
    session: AsyncSession, act: Act, record_set: RecordSet, affair: Application, tools: SmpTools
) -> Notice:
    """End one set for the reason that the holder gave in an affair, and keep what paragraph 8 makes a notice."""
    reason = affair.request_reason_code
    note(session, act, record_set, reason)
    causes, caused_by = [cause_of(reason)], affair.application_id
    return await lapse(session, act, record_set, causes, tools=tools, trigger=reason, caused_by=caused_by)


async def _standing(
    session: AsyncSession, act: Act, application: Application, statuses: Collection[Status]
) -> list[RecordSet]:
    """
    Return the holder's sets of some statuses that have not ended, or one other, so that it can refuse.

    There are two in the days before a birthday: the one that ends with it, and the one that begins with it.
    """
    sets = await sets_of_certificate(session, _serial(application))
    standing = [each for each in sets if each.mdoc_status in statuses and act.at < each.valid_until]
    return standing or [await _one(session, application)]


async def _one(session: AsyncSession, application: Application) -> RecordSet:
    """Return the set that refuses: one in use or suspended, else another in force, else the newest that ended."""
    sets = await sets_of_certificate(session, _serial(application))
    in_use = [each for each in sets if each.mdoc_status in {Status.ACTIVE, Status.SUSPENDED}]
    found = next(iter([*in_use, *sets]), None) or await latest_set(session, _serial(application))
    if found is None:
        raise IssuerError(Code.NO_RECORD, "This certificate has no records.")
    return found


def _serial(application: Application) -> str:
    return application.signing_certificate_serial_number or ""
