"""E-38: the call centre reports a lost phone; the suspension is passed on to SMP and no certificate changes (D8)."""

from sqlalchemy.ext.asyncio import AsyncSession

from pki.jpki.register import find
from pki.jpki.requests import done_before
from pki.jpki.smp_events import tell_smp
from pki.jpki.tools import JpkiTools
from registry.act import Act
from registry.messages.jpki import SuspendMdoc
from registry.messages.message import Acknowledged


async def suspend_mdoc(session: AsyncSession, act: Act, message: SuspendMdoc, tools: JpkiTools) -> Acknowledged:
    """
    Find the certificate, leave it as it is, and put the suspension into the outbox (MDOC-51, MDOC-59).

    The answer is the same whether an mdoc exists or not: this side does not know, and the call centre must not learn.
    Raises PkiError(certificate_unknown, number_not_allowed, request_id_reused).
    """
    certificate = await find(session, message.signing_certificate_serial)
    if not await done_before(session, act, message.request_id, message, tools.sealer):
        await tell_smp(session, act, certificate.serial, "suspension_requested", message.reason, sealer=tools.sealer)
    return Acknowledged(reference=message.request_id)
