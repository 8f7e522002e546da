"""Reception of the holder's signed messages: an issue is registered and checked later, the rest acts at once."""

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp import holder_signature
from issuer.smp.application.content import LostContent, ReleaseContent
from issuer.smp.application.exchange import current_token, first_token
from issuer.smp.application.intake import check_message, find_same, register
from issuer.smp.application.messages import Applied, Apply
from issuer.smp.application.models import Application
from issuer.smp.application.signed import HolderApplication, SignedApplication, decode
from issuer.smp.application.states import ENDED
from issuer.smp.jpki import require_in_effect
from issuer.smp.record.with_card import release_suspended, report_lost_phone, revoke_all
from issuer.smp.tools import SmpTools
from pki.trust.path import UntrustedChain, validate
from pki.trust.purposes import HOLDER_SIGNATURE
from registry.act import Act
from registry.outbox.queue import wake


async def apply(session: AsyncSession, act: Act, message: Apply, tools: SmpTools) -> Applied:
    """
    Take in a message signed with the card (MDOC-3, MDOC-34, MDOC-52, MDOC-57).

    The same message again is answered with the same application while that is open. Raises IssuerError:
    malformed_application, application_replayed, wrong_audience, nonce_*; for messages that act at once also what the
    signature, the certificate's state and the state of the records refuse.
    """
    decoded = decode(message.signed_application)
    same = await find_same(session, decoded.message_id)
    if same is not None:
        if same.application_status in ENDED:
            raise IssuerError(Code.APPLICATION_REPLAYED, "This message has been used.")
        return _answer(same, tools)
    await check_message(session, act, decoded, tools)
    application = await register(session, act, decoded, tools.sealer)
    first_token(application, tools)
    if isinstance(decoded, SignedApplication):
        await wake(session, "verify")
    else:
        await _act_at_once(session, act, application, decoded, tools)
    return _answer(application, tools)


def _answer(application: Application, tools: SmpTools) -> Applied:
    token = current_token(application, tools)
    return Applied(
        application_id=application.application_id,
        state=application.application_status,
        next_step_token=token.next_step_token,
        next_step_token_valid_until=token.next_step_token_valid_until,
    )


async def _act_at_once(
    session: AsyncSession, act: Act, application: Application, decoded: HolderApplication, tools: SmpTools
) -> None:
    """Prove the holder, ask JPKI, take effect: all in the request (MDOC-56)."""
    try:
        holder_signature.verify(decoded.message)
    except holder_signature.WrongSignature:
        raise IssuerError(Code.HOLDER_SIGNATURE, "The signature does not fit the message.") from None
    try:
        validate([decoded.message.certificate], anchors=tools.trust.signature, purpose=HOLDER_SIGNATURE, at=act.at)
    except UntrustedChain:
        raise IssuerError(Code.HOLDER_CERTIFICATE, "The certificate is not a card's signing certificate.") from None
    if isinstance(decoded.content, ReleaseContent):
        await require_in_effect(tools.call, act, decoded.serial)
        await release_suspended(session, act, application, tools)
    elif isinstance(decoded.content, LostContent):
        await report_lost_phone(session, act, application, tools)
    else:
        await revoke_all(session, act, application, tools)
