"""Messages of a phone: JWS by the binding key that its application named, each for one action (MDOC-31, MDOC-34)."""

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import jwt
import msgspec
from msgspec import Meta
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.content import FreshKeys, public_key
from issuer.smp.application.models import Application, PhoneMessage
from issuer.smp.application.states import State

TYPE = "tegata-phone+jwt"
WINDOW = timedelta(minutes=5)
READING = frozenset({"notices"})
"""Actions that change nothing: their message may arrive twice."""
Event = Literal["bundle_fetched", "bundle_refused"]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The protected header: nothing in it is optional."""

    alg: str
    typ: str
    kid: UUID


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The closed set of claims."""

    aud: str
    iat: Annotated[int, Meta(ge=0, le=1 << 33)]
    jti: UUID
    action: Annotated[str, Meta(max_length=24)]
    set_id: UUID | None = None
    letter_id: UUID | None = None
    notice_id: UUID | None = None
    next_step_token: Annotated[str, Meta(max_length=64)] | None = None
    otp_request_id: UUID | None = None
    one_time_password: Annotated[str, Meta(pattern=r"^[0-9]{10}$(?!\n)")] | None = None
    event: Event | None = None
    reason: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$(?!\n)")] | None = None
    fresh_keys: FreshKeys | None = None


@dataclass(frozen=True)
class PhoneClaims:
    """A message of the phone that belongs to `application`, proven by its binding key."""

    application: Application
    jti: UUID
    set_id: UUID | None
    letter_id: UUID | None
    notice_id: UUID | None
    next_step_token: str | None = field(repr=False)
    otp_request_id: UUID | None
    one_time_password: str | None = field(repr=False)
    event: Event | None
    reason: str | None
    fresh_keys: FreshKeys | None


async def open_phone_message(
    session: AsyncSession, body: str, action: str, *, audience: str, at: datetime, locked: bool = False
) -> PhoneClaims:
    """
    Return the claims of a phone's message for one action; `locked`: its application is, until the transaction ends.

    Raises IssuerError: phone_message_invalid (shape, key, signature, audience, action), phone_message_stale outside
    five minutes, phone_message_replayed for the second use of a message that changes something.
    """
    application = await session.get(Application, _header(body).kid, with_for_update=locked or None)
    if application is None or application.binding_key is None:
        raise _invalid()
    if application.application_status in {State.REJECTED, State.FAILED}:
        raise _invalid()
    claims = read_claims(body, application.binding_key)
    if claims.aud != audience or claims.action != action:
        raise _invalid()
    if abs(datetime.fromtimestamp(claims.iat, UTC) - at) > WINDOW:
        raise IssuerError(Code.PHONE_MESSAGE_STALE, "The message was signed too long ago, or in the future.")
    if action not in READING:
        await _use(session, application.application_id, claims, at)
    return PhoneClaims(
        application,
        **{each.name: getattr(claims, each.name) for each in fields(PhoneClaims) if each.name != "application"},
    )


def _header(body: str) -> Header:
    try:
        header = msgspec.convert(jwt.get_unverified_header(body), Header, strict=False)
    except (jwt.PyJWTError, msgspec.MsgspecError):
        raise _invalid() from None
    if header.alg != "ES256" or header.typ != TYPE:
        raise _invalid()
    return header


def read_claims(body: str, point: bytes) -> Claims:
    """Return what a message says that the key of `point` has signed; raises IssuerError(phone_message_invalid)."""
    # The clock is an argument here, so PyJWT's own, which reads the machine's, stays off.
    off: Any = {"verify_aud": False, "verify_iat": False, "verify_exp": False, "verify_nbf": False}
    try:
        claims = jwt.decode(body, public_key(point), algorithms=["ES256"], options=off)
        return msgspec.convert(claims, Claims, strict=False)
    except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, OverflowError):
        raise _invalid() from None


async def _use(session: AsyncSession, application_id: UUID, claims: Claims, at: datetime) -> None:
    values = {"application_id": application_id, "jti": claims.jti, "action": claims.action, "at": at}
    statement = insert(PhoneMessage).values(values).on_conflict_do_nothing().returning(PhoneMessage.jti)
    if (await session.execute(statement)).first() is None:
        raise IssuerError(Code.PHONE_MESSAGE_REPLAYED, "This message has been used.")


def _invalid() -> IssuerError:
    return IssuerError(Code.PHONE_MESSAGE, "The message is not one of this phone for this action.")
