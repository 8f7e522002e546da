"""No unused record is left for a new relying party: the set lapses and new records follow (9-5 i)."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.provisioning.daily_run import plan_run, run_is_missing
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.messages import PhoneWord
from issuer.smp.application.phone_message import open_phone_message
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.in_force import set_of
from issuer.smp.record.lapse import lapse
from issuer.smp.record.messages import Revoked
from issuer.smp.record.states import Status
from registry.act import Act
from registry.calendar import legal_day
from registry.outbox.queue import wake


async def used_up(session: AsyncSession, act: Act, message: PhoneWord, tools: Provisioning) -> Revoked:
    """
    Let a set lose effect by 9-5 i and plan new records for the same phone (Act 18-2 paragraph 11).

    Raises IssuerError: what `open_phone_message` raises, no_record for a set that is not this phone's, record_lapsed,
    record_not_active for one that was suspended or never confirmed.
    """
    claims = await open_phone_message(session, message.message, "used_up", audience=tools.smp.audience, at=act.at)
    record_set = await set_of(session, claims.set_id) if claims.set_id else None
    if record_set is None or record_set.application_id != claims.application.application_id:
        raise IssuerError(Code.NO_RECORD, "This phone has no such records.")
    if record_set.mdoc_status in {Status.ISSUED, Status.SUSPENDED}:
        raise IssuerError(Code.NOT_ACTIVE, "Only records in use can be used up.")
    notice = await lapse(session, act, record_set, [USED_UP], tools=tools.smp)
    await _plan(session, act, record_set.mdoc_id, tools)
    return Revoked(set_id=record_set.mdoc_id, status=record_set.mdoc_status, notice_id=notice.notice_id)


async def _plan(session: AsyncSession, act: Act, set_id: object, tools: Provisioning) -> None:
    """Plan the re-issue beside the day's renewals; one that the day has already carried out stays as it is."""
    if await run_is_missing(session, at=act.at):
        await plan_run(session, tools, at=act.at)
    terms = {"state": "planned", "cause": USED_UP, "reason": None, "due_at": act.at, "updated_at": act.at}
    planned = insert(Renewal).values(day=legal_day(act.at), set_id=set_id, **terms)
    again = planned.on_conflict_do_update(index_elements=["day", "set_id"], set_=terms, where=Renewal.state != "done")
    await session.execute(again)
    await wake(session, "renew")
