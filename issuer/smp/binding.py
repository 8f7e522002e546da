"""
Binding an issue to its phone (MDOC-31): wait command with a one-time password, binding, events, confirm command.

The password travels sealed through the relay and comes back over the edge in a message by the binding key. So the
phone shows in one step that it holds both keys of its application and that the relay reaches it, and only then may its
bundle come into use.
"""

import hmac
from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.exchange import check_token, next_token
from issuer.smp.application.messages import NextStep
from issuer.smp.application.models import Application
from issuer.smp.application.phone_message import PhoneClaims, open_phone_message
from issuer.smp.application.states import State, advance, walk
from issuer.smp.letters import letter_to
from issuer.smp.tools import SmpTools
from registry.act import Act
from registry.messages.message import Acknowledged
from registry.outbox.put import Letter, put_all
from registry.sealing.columns import Sealer

DIGITS: Final = 10
MOST_PASSWORDS: Final = 5
WAITING, BOUND = "waiting", "bound"


def wait_command(act: Act, application: Application, tools: SmpTools) -> Letter:
    """
    Return the letter that tells the phone to wait for its bundle, with a one-time password to bind with.

    A password sent before serves no longer.
    """
    request_id, password = act.new_id(), _password(act.random)
    application.otp_request_id = str(request_id)
    application.one_time_password = _digest(request_id, password, tools.sealer)
    application.one_time_password_valid_until = act.at + tools.terms.one_time_password_life
    application.one_time_passwords_sent += 1
    content = {
        "type": "wait",
        "application_id": application.application_id,
        "otp_request_id": request_id,
        "one_time_password": password,
    }
    letter = letter_to(act, application, "command", content)
    application.wait_command_task_id, application.wait_command_sent_flag = str(letter.message_id), True
    application.issuance_binding_status = application.issuance_binding_status or WAITING
    return letter


def _password(random: Callable[[int], bytes]) -> str:
    # Ten digits within ten minutes need no count of wrong ones: each guess is a new message by the phone's own key.
    return str(int.from_bytes(random(16), "big") % 10**DIGITS).rjust(DIGITS, "0")


def _digest(request_id: UUID, password: str, sealer: Sealer) -> bytes:
    return sealer.index("one_time_password", request_id.bytes + password.encode())


async def request_password(session: AsyncSession, act: Act, body: str, tools: SmpTools) -> NextStep:
    """
    Send another one-time password to a phone that lost the first or its answer; the step's token changes.

    Raises IssuerError: what `open_phone_message` raises, transition_refused unless an issue waits for its phone,
    one_time_password_limit after the fifth.
    """
    application = (await _waiting(session, act, body, "request_otp", tools)).application
    if application.one_time_passwords_sent >= MOST_PASSWORDS:
        raise IssuerError(Code.OTP_LIMIT, "No more one-time passwords are sent for this application.")
    await put_all(session, [wait_command(act, application, tools)], sealer=tools.sealer)
    return next_token(application, tools, at=act.at)


async def bind(session: AsyncSession, act: Act, body: str, tools: SmpTools) -> NextStep:
    """
    Bind an issue to the phone that sends back its one-time password; return the token of the next step.

    Raises IssuerError: what `open_phone_message` and `check_token` raise, transition_refused unless an issue waits for
    its phone, one_time_password_used, _wrong, _expired.
    """
    claims = await _waiting(session, act, body, "bind", tools)
    application = check_token(claims.application, claims.next_step_token or "", tools, at=act.at)
    _check_password(application, claims, act, tools)
    application.one_time_password = None
    application.issuance_binding_status, application.issuance_binding_task_id = BOUND, str(claims.jti)
    application.updated_at = act.at
    return next_token(application, tools, at=act.at)


def _check_password(application: Application, claims: PhoneClaims, act: Act, tools: SmpTools) -> None:
    given = _digest(claims.otp_request_id or UUID(int=0), claims.one_time_password or "", tools.sealer)
    current = str(claims.otp_request_id) == application.otp_request_id
    if current and application.one_time_password is None:
        raise IssuerError(Code.OTP_USED, "The one-time password has been used.")
    if not current or not hmac.compare_digest(application.one_time_password or b"", given):
        raise IssuerError(Code.OTP_WRONG, "The one-time password is not the one that was sent last.")
    end = application.one_time_password_valid_until
    if end is None or act.at >= end:
        raise IssuerError(Code.OTP_EXPIRED, "The one-time password has expired; ask for another.")


async def _waiting(session: AsyncSession, act: Act, body: str, action: str, tools: SmpTools) -> PhoneClaims:
    claims = await open_phone_message(session, body, action, audience=tools.audience, at=act.at, locked=True)
    if claims.application.application_status != State.WAITING_DEVICE:
        raise IssuerError(Code.TRANSITION_REFUSED, "No issue of this application waits for its phone.")
    return claims


def require_bound(application: Application) -> None:
    """Raise IssuerError(phone_not_bound) for a phone that has not sent its one-time password back."""
    if application.issuance_binding_status != BOUND:
        raise IssuerError(Code.NOT_BOUND, "The phone has not bound this issue to itself.")


async def take_event(session: AsyncSession, act: Act, body: str, tools: SmpTools) -> Acknowledged:
    """
    Take in what became of a bundle on the phone: fetched, or refused because it does not open or verify.

    A refused one makes the application undelivered until the phone fetches it after all. Raises IssuerError as
    `open_phone_message` does, phone_message_invalid without an event.
    """
    claims = await open_phone_message(session, body, "event", audience=tools.audience, at=act.at, locked=True)
    application = claims.application
    if claims.event is None:
        raise IssuerError(Code.PHONE_MESSAGE, "The message names no event.")
    application.event_notification_received_flag = True
    application.event_notification_received_status = claims.event
    application.updated_at = act.at
    if claims.event == "bundle_fetched":
        application.issuance_bundle_fetch_received_flag = True
        if application.application_status == State.UNDELIVERED:
            walk(application, State.SENDING, State.WAITING_DEVICE, at=act.at)
    elif application.application_status == State.WAITING_DEVICE:
        advance(application, State.UNDELIVERED, at=act.at, detail="bundle_refused")
    return Acknowledged(reference=application.application_id)
