"""What the edge forwards to the intake and to the exchange that follows it (E-48)."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from registry.messages.message import Code, Message

Token = Annotated[str, Meta(min_length=43, max_length=43, pattern=r"^[A-Za-z0-9_-]+$")]


class AskNonce(Message, frozen=True):
    """A phone asks for a nonce to sign."""


class FreshNonce(Message, frozen=True):
    """A nonce that serves one application until it expires."""

    nonce: str
    expires_at: datetime


class Apply(Message, frozen=True):
    """A message signed with the card: CMS SignedData, DER (MDOC-3, MDOC-10)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    signed_application: Annotated[bytes, Meta(min_length=64, max_length=400_000)]


class Applied(Message, frozen=True):
    """The application was registered; the token asks for its state (MDOC-31)."""

    application_id: UUID
    state: Code
    next_step_token: Token
    next_step_token_valid_until: datetime


class NextStep(Message, frozen=True):
    """A step was taken; this token serves the next one and no other (MDOC-31)."""

    next_step_token: Token
    next_step_token_valid_until: datetime


class AskState(Message, frozen=True):
    """The phone asks where its application stands."""

    application_id: UUID
    next_step_token: Token


class Rejection(Message, frozen=True):
    """The problem document (RFC 9457) of an application that was rejected after it was registered."""

    type: str
    title: str
    status: int
    code: Code


class ApplicationState(Message, frozen=True):
    """
    State of an application, with the code of a rejection or hold; never an item of the person.

    `problem` says of a rejected one what a refusal in the request itself would have said. `smartphone_certificate` is
    the other half of a joint application, as a status alone (MDOC-29).
    """

    application_id: UUID
    state: Code
    detail: Code | None = None
    problem: Rejection | None = None
    display_message: str | None = None
    smartphone_certificate: Code | None = None


class PhoneWord(Message, frozen=True):
    """A message signed by the phone's binding key: a compact JWS."""

    message: Annotated[str, Meta(min_length=16, max_length=8_000, pattern=r"^[A-Za-z0-9_.-]+$")]


class UsedUp(Message, frozen=True):
    """A message by the phone's binding key that brings fresh device keys with their attestation: a compact JWS."""

    message: Annotated[str, Meta(min_length=16, max_length=100_000, pattern=r"^[A-Za-z0-9_.-]+$")]
