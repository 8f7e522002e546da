"""Trust, document, status, verdict: the one way every verification goes (D11, Act 18-4)."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.status_list.token import current_at
from issuer.verifier.messages import Verdict, Verified, Verify
from mdoc.errors import MdocError, VerificationFailed
from mdoc.status import Status, StatusTrust, evaluate_document
from mdoc.verify import Trust, VerifiedDocument, verify_device_response
from registry.act import Act


@dataclass(frozen=True)
class VerifierTools:
    """Whom a verification believes: document signers and status signers under the IACA roots."""

    documents: Trust = field(repr=False)
    statuses: StatusTrust = field(repr=False)


async def verify(session: AsyncSession, act: Act, message: Verify, tools: VerifierTools) -> Verified:
    """
    Return the elements and the status of every document of a response.

    Raises IssuerError(device_response_invalid) with the step that failed; nothing of the response is told then.
    """
    documents = _documents(message, tools.documents, act.at)
    return Verified(documents=[await _verdict(session, one, tools.statuses, act.at) for one in documents])


def _documents(message: Verify, trust: Trust, at: datetime) -> list[VerifiedDocument]:
    try:
        documents = verify_device_response(message.device_response, message.session_transcript, trust=trust, at=at)
    except VerificationFailed as failed:
        raise _refusal(failed.step.name) from failed
    except MdocError as malformed:
        raise _refusal("MALFORMED") from malformed
    if not documents:
        raise _refusal("NO_DOCUMENT")
    return documents


def _refusal(step: str) -> IssuerError:
    return IssuerError(Code.RESPONSE_INVALID, f"The response failed at the step {step}.", step=step)


async def _verdict(session: AsyncSession, document: VerifiedDocument, trust: StatusTrust, at: datetime) -> Verdict:
    status, reason = await _status(session, document, trust, at)
    return Verdict(
        doc_type=document.doc_type,
        status=status.value,
        status_reason=reason,
        elements=document.elements,
        valid_until=document.validity.valid_until,
    )


async def _status(
    session: AsyncSession, document: VerifiedDocument, trust: StatusTrust, at: datetime
) -> tuple[Status, str]:
    """The published tokens decide, as they would for anybody else; without one nothing is claimed."""
    named = [reference.uri for reference in (document.status, document.identifier) if reference is not None]
    tokens = [token for uri in named if (token := await current_at(session, uri, at)) is not None]
    return evaluate_document(document, tokens, trust=trust, at=at)
