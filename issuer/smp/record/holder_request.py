"""The holder revokes from the phone itself, by its binding key (MDOC-34): at will (9-5iii) or by paragraph 8 (9-3)."""

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.phone_message import open_phone_message
from issuer.smp.record.affairs import carried_out, open_affair, register_affair
from issuer.smp.record.in_force import set_of
from issuer.smp.record.messages import Revoked
from issuer.smp.record.with_card import lapse_by_holder
from issuer.smp.tools import SmpTools
from registry.act import Act


async def revoke(session: AsyncSession, act: Act, body: str, tools: SmpTools) -> Revoked:
    """
    Let a set of this phone lose effect.

    Raises IssuerError: no_record for a set that is not this phone's, record_lapsed, and what `open_phone_message` says.
    """
    claims = await open_phone_message(session, body, "revoke", audience=tools.audience, at=act.at)
    record_set = await set_of(session, claims.set_id) if claims.set_id else None
    if record_set is None or record_set.application_id != claims.application.application_id:
        raise IssuerError(Code.NO_RECORD, "This phone has no such records.")
    serial, reason = record_set.signing_certificate_serial_number, claims.reason or "9-5iii"
    affair = open_affair(act, "revoke", serial=serial, reason=reason)
    notice = await lapse_by_holder(session, act, record_set, affair, tools)
    carried_out(affair, act)
    await register_affair(session, affair)
    return Revoked(set_id=record_set.mdoc_id, status=record_set.mdoc_status, notice_id=notice.notice_id)
