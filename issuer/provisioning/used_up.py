"""No unused record is left for a new relying party: the set lapses, and new records follow for fresh keys (9-5 i)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.claims import give_up
from issuer.errors import Code, IssuerError
from issuer.provisioning.daily_run import plan_run, run_is_missing
from issuer.provisioning.fresh_keys import take_fresh_keys
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.intake import lock_applications
from issuer.smp.application.messages import UsedUp
from issuer.smp.application.models import Application
from issuer.smp.application.phone_message import PhoneClaims, open_phone_message
from issuer.smp.record.causes import USED_UP
from issuer.smp.record.in_force import set_of
from issuer.smp.record.lapse import lapse
from issuer.smp.record.messages import Revoked
from issuer.smp.record.models import RecordSet
from issuer.smp.record.register import REFUSING
from issuer.smp.record.states import IN_FORCE, Status
from issuer.smp.record.steps import trail
from registry.act import Act
from registry.calendar import legal_day
from registry.outbox.queue import wake


async def used_up(session: AsyncSession, act: Act, message: UsedUp, tools: Provisioning) -> Revoked:
    """
    Let a set lose effect by 9-5 i and plan new records for fresh keys of the same phone (Act 18-2 paragraph 11).

    A renewal that stands beside it is made for the same keys, has nothing for a new relying party either, and lapses
    with it. Raises IssuerError: what `open_phone_message` and `take_fresh_keys` raise, no_record for a set that is not
    this phone's, record_lapsed, record_not_active for one that was suspended or never confirmed, certificate_on_hold
    and certificate_revoked, after which nothing would follow.
    """
    claims = await open_phone_message(session, message.message, "used_up", audience=tools.smp.audience, at=act.at)
    application = await _application_of(session, claims)
    sets = await _on_the_phone(session, application)
    record_set = await _told(session, claims, sets)
    await take_fresh_keys(session, act, application, claims.fresh_keys, message.message, tools.smp)
    await trail(session, act, record_set, reason="fresh_keys", sealer=tools.smp.sealer)
    notices = {each.mdoc_id: await lapse(session, act, each, [USED_UP], tools=tools.smp) for each in sets}
    replaced = {each.replaces for each in sets}
    last = next(each for each in sets if each.mdoc_id not in replaced)
    await give_up(session, [last.mdoc_id], at=act.at)  # what a worker is signing now is for the keys of before
    last.reissue_owed = True  # until it is done, whatever the first day's attempt hears
    await _plan(session, act, last.mdoc_id, tools)
    notice_id = notices[record_set.mdoc_id].notice_id
    return Revoked(set_id=record_set.mdoc_id, status=record_set.mdoc_status, notice_id=notice_id)


async def _application_of(session: AsyncSession, claims: PhoneClaims) -> Application:
    """Lock it first, as whoever sends records does; without a certificate in effect nothing would follow (D8)."""
    application_id = claims.application.application_id
    application = (await lock_applications(session, [application_id]))[application_id]
    if application.certificate_standing in REFUSING:
        raise IssuerError(REFUSING[application.certificate_standing], "The signing certificate has no effect.")
    return application


async def _on_the_phone(session: AsyncSession, application: Application) -> Sequence[RecordSet]:
    """The sets in force of one application, newest first, locked."""
    statement = (
        select(RecordSet)
        .where(RecordSet.application_id == application.application_id, RecordSet.mdoc_status.in_(IN_FORCE))
        .order_by(RecordSet.registered_at.desc())
        .with_for_update()
    )
    return (await session.scalars(statement)).all()


async def _told(session: AsyncSession, claims: PhoneClaims, sets: Sequence[RecordSet]) -> RecordSet:
    """The set of which the phone speaks."""
    found = next((each for each in sets if each.mdoc_id == claims.set_id), None)
    if found is None:
        ended = await set_of(session, claims.set_id) if claims.set_id else None
        if ended is None or ended.application_id != claims.application.application_id:
            raise IssuerError(Code.NO_RECORD, "This phone has no such records.")
        raise IssuerError(Code.RECORD_LAPSED, "The records have lost effect.")
    if found.mdoc_status in {Status.ISSUED, Status.SUSPENDED}:
        raise IssuerError(Code.NOT_ACTIVE, "Only records in use can be used up.")
    return found


async def _plan(session: AsyncSession, act: Act, set_id: object, tools: Provisioning) -> None:
    """Plan the re-issue beside the day's renewals; one that the day has already carried out stays as it is."""
    if await run_is_missing(session, at=act.at):
        await plan_run(session, tools, at=act.at)
    terms = {"state": "planned", "cause": USED_UP, "reason": None, "due_at": act.at, "updated_at": act.at}
    planned = insert(Renewal).values(day=legal_day(act.at), set_id=set_id, **terms)
    again = planned.on_conflict_do_update(index_elements=["day", "set_id"], set_=terms, where=Renewal.state != "done")
    await session.execute(again)
    await wake(session, "renew")
