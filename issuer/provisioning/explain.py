"""Why a set was renewed, skipped or not taken up at all: asked by an operator (MDOC-45, MDOC-49)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.provisioning.models import Renewal
from issuer.provisioning.renewal import skip_reason
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.record.models import RecordSet
from issuer.smp.record.operator import look, newest_set
from registry.act import Act
from registry.messages.smp import FindRecord, RenewalDay, RenewalsExplained


async def explain(session: AsyncSession, act: Act, message: FindRecord, tools: Provisioning) -> RenewalsExplained:
    """
    Return what each day's run did with the sets of an application, and what stands in the way of the newest now.

    Found by certificate serial or application id, never by number; raises IssuerError(application_unknown).
    """
    application = await look(session, act, message, tools.smp.sealer)
    newest = await newest_set(session, application)
    return RenewalsExplained(
        request_id=message.request_id,
        application_id=application.application_id,
        mdoc_status=newest.mdoc_status if newest else None,
        valid_until=newest.valid_until if newest else None,
        due_from=newest.valid_until - tools.lead if newest else None,
        hindrance=skip_reason(newest) if newest else "no_record",
        days=await _days(session, application),
    )


async def _days(session: AsyncSession, application: Application) -> list[RenewalDay]:
    statement = (
        select(Renewal)
        .join(RecordSet, RecordSet.mdoc_id == Renewal.set_id)
        .where(RecordSet.application_id == application.application_id)
        .order_by(Renewal.day, Renewal.updated_at)
    )
    return [
        RenewalDay(day=row.day, set_id=row.set_id, state=row.state, reason=row.reason, at=row.updated_at)
        for row in await session.scalars(statement)
    ]
