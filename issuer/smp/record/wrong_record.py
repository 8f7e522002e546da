"""A record turned out to be wrong, or one that should be there is missing: an operator ends the set (cause 9-4)."""

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.record.affairs import carried_out, open_affair, register_affair
from issuer.smp.record.in_force import sets_of_certificate
from issuer.smp.record.lapse import lapse
from issuer.smp.record.operator import application_named
from issuer.smp.tools import SmpTools
from registry.act import Act
from registry.messages.smp import RecordsLapsed, WrongRecord

CAUSE = "9-4"


async def end_wrong_records(session: AsyncSession, act: Act, message: WrongRecord, tools: SmpTools) -> RecordsLapsed:
    """
    Let every set in force of a holder lose effect, found by certificate or application and never by number.

    Nothing is corrected in place and nothing follows by itself: the holder applies anew (paragraph 11 leaves 9-4 out).
    Raises IssuerError: application_unknown, record_lapsed when nothing is in force.
    """
    application = await application_named(session, message.application_id, message.signing_certificate_serial)
    if application is None:
        raise IssuerError(Code.APPLICATION_UNKNOWN, "There is no such application.")
    serial = application.signing_certificate_serial_number or ""
    sets = await sets_of_certificate(session, serial)
    if not sets:
        raise IssuerError(Code.RECORD_LAPSED, "No records are in force.")
    affair = open_affair(act, "revoke", serial=serial, reason=message.finding)
    for record_set in sets:
        caused_by = affair.application_id
        await lapse(session, act, record_set, [CAUSE], tools=tools, trigger=message.finding, caused_by=caused_by)
    carried_out(affair, act)
    await register_affair(session, affair)
    return RecordsLapsed(request_id=message.request_id, set_ids=[each.mdoc_id for each in sets], cause=CAUSE)
