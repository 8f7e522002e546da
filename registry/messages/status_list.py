"""What the edge asks for and is given: the published token of one status list (E-48)."""

from datetime import datetime
from uuid import UUID

from registry.messages.message import Message


class StatusListRequest(Message, frozen=True):
    """Which list a relying party wants."""

    list_id: UUID


class PublishedList(Message, frozen=True):
    """The signed token (CWT). It may be kept for `ttl` seconds and never beyond `expires_at`."""

    token: bytes
    ttl: int
    expires_at: datetime
