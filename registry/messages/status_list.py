"""What the edge asks for and is given: the published token of one list, and the names of all lists (E-48)."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry.messages.message import Message


class Form(StrEnum):
    """The forms of a published list: a status list as CWT or as JWT, an identifier list as CWT."""

    CWT = "cwt"
    JWT = "jwt"
    IDENTIFIERS = "identifiers"


class StatusListRequest(Message, frozen=True):
    """Which list a relying party wants, and in which form."""

    list_id: UUID
    form: Form = Form.CWT


class PublishedList(Message, frozen=True):
    """The signed token as it is served. It may be kept for `ttl` seconds and never beyond `expires_at`."""

    token: bytes
    ttl: int
    expires_at: datetime


class AllListsRequest(Message, frozen=True):
    """A relying party wants to know every list."""


class AllLists(Message, frozen=True):
    """The URIs of all published lists (draft-ietf-oauth-status-list 9.3)."""

    status_lists: list[str]
