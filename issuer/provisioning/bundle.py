"""A signed set becomes a sealed bundle on its way to the phone, in one act with its books (MDOC-25, MDOC-26)."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.elements import DOC_TYPE
from issuer.authority.issuance import Issued, release
from issuer.errors import Code, IssuerError
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.letters import put_letter
from issuer.smp.record.models import RecordSet
from issuer.smp.record.register import NewRecord, NewSet, register_set
from issuer.smp.record.steps import credential_of, trail
from registry.act import Act


async def lock_application(session: AsyncSession, application_id: UUID) -> Application:
    """
    Lock the application behind a set, so that an event of JPKI is either seen here or finds the set afterwards.

    Raises IssuerError(certificate_revoked, certificate_on_hold) when one arrived since the checks.
    """
    row = await session.get_one(Application, application_id, with_for_update=True, populate_existing=True)
    if row.certificate_standing == "revoked":
        raise IssuerError(Code.CERTIFICATE_REVOKED, "The card's signing certificate was revoked meanwhile.")
    if row.certificate_standing == "held":
        raise IssuerError(Code.CERTIFICATE_ON_HOLD, "The card's signing certificate is on hold.")
    return row


async def send_set(
    session: AsyncSession, act: Act, application: Application, issued: Issued, tools: Provisioning
) -> RecordSet:
    """
    Release a signed set: books, history, trail, and the sealed bundle in the outbox; all of it or nothing.

    Raises IssuerError(issuance_lost) when another worker has taken the issuance over.
    """
    await release(session, issued, at=act.at)
    record_set = await register_set(
        session,
        act,
        tools.smp.sealer,
        application,
        issued.signed,
        NewSet(
            mdoc_id=issued.claim.set_id,
            doc_type=DOC_TYPE,
            valid_from=issued.validity.valid_from,
            valid_until=issued.validity.valid_until,
            issuer_name=tools.issuer_name,
            replaces=issued.claim.request.replaces,
        ),
        [NewRecord(one.place.list_id, one.place.idx, one.device_key_thumbprint) for one in issued.records],
    )
    content = {
        "type": "bundle",
        "set_id": record_set.mdoc_id,
        "application_id": application.application_id,
        "doc_type": DOC_TYPE,
        "records": [one.issuer_signed for one in issued.records],
    }
    letter_id = await put_letter(session, act, application, "bundle", content, sealer=tools.smp.sealer)
    application.issuance_bundle_id, application.bundle_update_sent_flag = letter_id, True
    record_set.mdoc_last_sent_at = act.at
    (await credential_of(session, record_set)).message_id = letter_id
    await trail(session, act, record_set, reason="sent", sealer=tools.smp.sealer)
    return record_set
