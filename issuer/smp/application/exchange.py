"""The exchange after the intake: nonces for the next message, the next-step token, the state (MDOC-31)."""

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

from jwt.utils import base64url_encode
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.messages import ApplicationState, AskNonce, AskState, FreshNonce, Rejection
from issuer.smp.application.models import Application
from issuer.smp.application.nonces import make_nonce
from issuer.smp.application.states import State
from issuer.smp.tools import SmpTools
from registry.act import Act
from registry.problems import problems
from registry.sealing.columns import Sealer


async def nonce(session: AsyncSession, act: Act, message: AskNonce, tools: SmpTools) -> FreshNonce:  # noqa: ARG001
    """Answer a fresh nonce and its end (the signature is that of every step at the desk)."""
    made = make_nonce(tools.sealer, at=act.at, random=act.random)
    return FreshNonce(nonce=made, expires_at=act.at.replace(microsecond=0) + tools.terms.nonce_life)


def give_token(application: Application, sealer: Sealer, *, at: datetime, life: timedelta) -> str:
    """
    Return the next-step token of an application; the row keeps its digest and its end only.

    The token is a keyed digest over the id, so that a message sent twice gets the same answer (MDOC-3).
    """
    token = base64url_encode(sealer.index("next_step_token", application.application_id.bytes)).decode()
    application.next_step_token = sha256(token.encode()).hexdigest()
    application.next_step_token_valid_until = at + life
    return token


async def application_state(session: AsyncSession, act: Act, message: AskState) -> ApplicationState:
    """
    Answer where an application stands, to whoever has its token.

    Raises IssuerError: token_refused for an unknown application and a wrong token alike, token_expired.
    """
    application = await session.get(Application, message.application_id)
    given = sha256(message.next_step_token.encode()).hexdigest()
    stored = (application.next_step_token if application else None) or ""
    if application is None or not hmac.compare_digest(stored, given):
        raise IssuerError(Code.TOKEN_REFUSED, "Application and token do not belong together.")
    if application.next_step_token_valid_until is None or act.at >= application.next_step_token_valid_until:
        raise IssuerError(Code.TOKEN_EXPIRED, "The token of this application has expired.")
    return ApplicationState(
        application_id=application.application_id,
        state=application.application_status,
        detail=application.application_detail_status,
        problem=_rejection(application),
    )


def _rejection(application: Application) -> Rejection | None:
    """Return the problem document of an application that ended without records, None for every other state."""
    row = problems().get(application.application_detail_status or "")
    if row is None or application.application_status not in (State.REJECTED, State.FAILED):
        return None
    return Rejection(type=row.type, title=row.title, status=row.status, code=row.code)
