"""E-36: what JPKI says of a signing certificate. No answer is never a yes (MDOC-12)."""

from typing import Final

from issuer.errors import Code, IssuerError
from registry.act import Act
from registry.messages.jpki import CertificateQuery, CertificateState
from registry.peer.call import Call, Refused, Unanswered
from registry.problems import ServiceError

REFUSALS: Final = {
    "held": Code.CERTIFICATE_ON_HOLD,
    "revoked": Code.CERTIFICATE_REVOKED,
    "unknown": Code.CERTIFICATE_UNKNOWN,
}


async def refusal_of(call: Call, act: Act, serial: str) -> Code | None:
    """
    Ask for the state of a certificate; return None when it is in effect, else the code of the refusal.

    Raises Unanswered as `state_of` does.
    """
    return REFUSALS.get((await state_of(call, act, serial)).state)


async def state_of(call: Call, act: Act, serial: str) -> CertificateState:
    """
    Ask for the state of a certificate.

    Raises Unanswered when JPKI gave no usable answer, a refusal of the question and an answer about another
    certificate included.
    """
    query = CertificateQuery(signing_certificate_serial=serial)
    try:
        answer = await call("pki.certificate_state", query, CertificateState, act=act)
    except Refused as exc:
        raise Unanswered("refused") from exc
    if answer.signing_certificate_serial != serial:
        raise Unanswered("answer about another certificate")
    return answer


async def require_in_effect(call: Call, act: Act, serial: str) -> None:
    """Return when the certificate is in effect; raises IssuerError by its state, ServiceError(no_answer)."""
    try:
        refusal = await refusal_of(call, act, serial)
    except Unanswered as exc:
        raise ServiceError("no_answer", "JPKI gave no answer; nothing was changed.") from exc
    if refusal is not None:
        raise IssuerError(refusal, "The card's signing certificate is not in effect.")
