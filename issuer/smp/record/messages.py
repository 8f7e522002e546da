"""What the phone asks about its records, and the answers: ids, states and causes, no item of a person."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from registry.messages.message import Code, Message

NoticeKind = Literal["lapsed", "suspended", "released"]


class NoticeView(Message, frozen=True):
    """One open notice."""

    notice_id: UUID
    kind: NoticeKind
    set_id: UUID
    cause: Code | None
    at: datetime


class SetView(Message, frozen=True):
    """One set of records of this phone, as it stands at the instant of the answer."""

    set_id: UUID
    status: Code
    valid_until: datetime


class Notices(Message, frozen=True):
    """Everything the phone must know before it presents (article 18-3)."""

    notices: list[NoticeView]
    sets: list[SetView]


class Revoked(Message, frozen=True):
    """The records of a set have lost effect at the holder's request."""

    set_id: UUID
    status: Code
    notice_id: UUID
