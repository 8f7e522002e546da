"""The exchange after the intake: nonces for the next message, a token for each step, the state (MDOC-31)."""

import hmac
from datetime import datetime
from hashlib import sha256

from jwt.utils import base64url_encode
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.messages import ApplicationState, AskNonce, AskState, FreshNonce, NextStep, Rejection
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


def first_token(application: Application, tools: SmpTools) -> None:
    """Give a new application the token of its first step."""
    _keep(application, 0, tools, at=application.application_received_at)


def next_token(application: Application, tools: SmpTools, *, at: datetime) -> NextStep:
    """Go on to the next step: its token is returned, and the one before serves no longer."""
    _keep(application, application.exchange_step + 1, tools, at=at)
    return current_token(application, tools)


def current_token(application: Application, tools: SmpTools) -> NextStep:
    """Return the token of the step an application stands at: a message sent twice gets the same answer (MDOC-3)."""
    return NextStep(
        next_step_token=_token(application, application.exchange_step, tools.sealer),
        next_step_token_valid_until=application.next_step_token_valid_until or application.application_received_at,
    )


def _keep(application: Application, step: int, tools: SmpTools, *, at: datetime) -> None:
    """The row keeps the token's digest and its end only."""
    application.exchange_step = step
    application.next_step_token = _digest(_token(application, step, tools.sealer))
    application.next_step_token_valid_until = at + tools.terms.token_life


def _token(application: Application, step: int, sealer: Sealer) -> str:
    named = application.application_id.bytes + step.to_bytes(4, "big")
    return base64url_encode(sealer.index("next_step_token", named)).decode()


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def check_token(application: Application | None, given: str, tools: SmpTools, *, at: datetime) -> Application:
    """
    Return the application when the token is that of its present step.

    Raises IssuerError: token_refused for an unknown application and a wrong token alike, token_used for the token of a
    step that was taken, token_expired.
    """
    stored = (application.next_step_token if application else None) or ""
    if application is None or not hmac.compare_digest(stored, _digest(given)):
        if application is not None and _of_former_step(application, given, tools.sealer):
            raise IssuerError(Code.TOKEN_USED, "This step has been taken.")
        raise IssuerError(Code.TOKEN_REFUSED, "Application and token do not belong together.")
    if application.next_step_token_valid_until is None or at >= application.next_step_token_valid_until:
        raise IssuerError(Code.TOKEN_EXPIRED, "The token of this application has expired.")
    return application


def _of_former_step(application: Application, given: str, sealer: Sealer) -> bool:
    former = [_token(application, step, sealer) for step in range(application.exchange_step)]
    return any([hmac.compare_digest(token, given) for token in former])  # noqa: C419 - each is compared, always


async def application_state(session: AsyncSession, act: Act, message: AskState, tools: SmpTools) -> ApplicationState:
    """Answer where an application stands, to whoever has its token; raises IssuerError as `check_token` does."""
    found = await session.get(Application, message.application_id)
    application = check_token(found, message.next_step_token, tools, at=act.at)
    return ApplicationState(
        application_id=application.application_id,
        state=application.application_status,
        detail=application.application_detail_status,
        problem=_rejection(application),
        display_message=application.mdoc_display_message,
        smartphone_certificate=application.jpki_application_detail_status,
    )


def _rejection(application: Application) -> Rejection | None:
    """Return the problem document of an application that ended without records, None for every other state."""
    row = problems().get(application.application_detail_status or "")
    if row is None or application.application_status not in (State.REJECTED, State.FAILED):
        return None
    return Rejection(type=row.type, title=row.title, status=row.status, code=row.code)
