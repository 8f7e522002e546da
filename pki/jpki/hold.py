"""E-32: certificates of a lost card are put on hold (一時的保留) and released; a hold is never a lapse (D8)."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from pki.errors import Code, PkiError
from pki.jpki.models import SIGNATURE, UserCertificate
from pki.jpki.register import change, find, of_card
from pki.jpki.requests import done_before
from pki.jpki.smp_events import tell_smp
from pki.jpki.states import GOOD, HELD, REVOKED
from pki.jpki.tools import JpkiTools
from registry.act import Act
from registry.messages.jpki import HoldCertificates, ReleaseCertificates
from registry.messages.message import Acknowledged


async def hold(session: AsyncSession, act: Act, message: HoldCertificates, tools: JpkiTools) -> Acknowledged:
    """
    Put the certificates of a card on hold and tell SMP; who holds twice hears the same (CARD-24).

    A signature certificate that a move has ended does not keep the authentication certificate from being held. Raises
    PkiError(certificate_unknown, certificate_revoked, number_not_allowed, request_id_reused).
    """
    certificate = await find(session, message.signing_certificate_serial)
    if await done_before(session, act, message.request_id, message, tools.sealer):
        return Acknowledged(reference=message.request_id)
    card = await of_card(session, certificate)
    if all(each.state == REVOKED for each in card):
        raise PkiError(Code.CERTIFICATE_REVOKED)
    for each in _in_state(card, GOOD):
        change(session, act, each, HELD, message.reason, since=act.at)
        if each.kind == SIGNATURE:
            await tell_smp(session, act, each.serial, "held", message.reason, sealer=tools.sealer)
    return Acknowledged(reference=message.request_id)


async def release(session: AsyncSession, act: Act, message: ReleaseCertificates, tools: JpkiTools) -> Acknowledged:
    """
    Take the hold of a card's certificates back, after the card's suspension was lifted at the municipality.

    Raises PkiError(certificate_not_held) when there is no hold, certificate_revoked, certificate_unknown.
    """
    certificate = await find(session, message.signing_certificate_serial)
    if await done_before(session, act, message.request_id, message, tools.sealer):
        return Acknowledged(reference=message.request_id)
    held = _in_state(await of_card(session, certificate), HELD)
    if not held:
        raise PkiError(Code.CERTIFICATE_REVOKED if certificate.state == REVOKED else Code.CERTIFICATE_NOT_HELD)
    for each in held:
        change(session, act, each, GOOD, None, since=act.at)
        if each.kind == SIGNATURE:
            await tell_smp(session, act, each.serial, "released", "lifted", sealer=tools.sealer)
    return Acknowledged(reference=message.request_id)


def _in_state(card: Sequence[UserCertificate], state: str) -> list[UserCertificate]:
    return [certificate for certificate in card if certificate.state == state]
