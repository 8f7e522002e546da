"""What operators say about media of the mdoc file: the ledger, work requests, exports (MEDIA-13 to MEDIA-15)."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from registry.messages.message import Code, Message

Point = Annotated[bytes, Meta(min_length=65, max_length=65)]
End = Literal["erased", "disposed"]


class RegisterMedium(Message, frozen=True):
    """A dedicated medium enters the ledger (媒体管理簿): label, place, and the key its contents are sealed to."""

    request_id: UUID
    medium_id: Code
    place: Code
    public_key: Point


class RequestWork(Message, frozen=True):
    """A work request form (作業申請書): who takes out the states of the sets of a period, on which medium, and why."""

    request_id: UUID
    medium_id: Code
    since: date
    until: date
    purpose: Code


class DecideWork(Message, frozen=True):
    """The operations owner has checked a work request and accepts or rejects it (MEDIA-14)."""

    request_id: UUID
    work_id: UUID
    accept: bool


class WorkState(Message, frozen=True):
    """A work request and how it stands: asked, accepted, rejected, done."""

    work_id: UUID
    medium_id: Code
    state: Code


class Export(Message, frozen=True):
    """Take out what an accepted work request names, onto the medium it names."""

    request_id: UUID
    work_id: UUID
    medium_id: Code


class Exported(Message, frozen=True):
    """The export, sealed to the medium's key (HPKE), and how many sets it tells of."""

    work_id: UUID
    medium_id: Code
    sets: int
    sealed: bytes


class EndMedium(Message, frozen=True):
    """A medium was erased beyond restoration, or disposed of after that, by a method (MEDIA-15)."""

    request_id: UUID
    medium_id: Code
    what: End
    method: Code


class LedgerQuery(Message, frozen=True):
    """The ledger is read for its regular audit (MEDIA-13)."""

    request_id: UUID


class LedgerLine(Message, frozen=True):
    """One entry of the ledger: registered, written, erased, disposed or audited, by whom and where."""

    at: datetime
    medium_id: Code
    what: Code
    operator: Code
    terminal: Code
    work_id: UUID | None = None
    detail: Code | None = None


class Ledger(Message, frozen=True):
    """The ledger, the oldest entry first."""

    request_id: UUID
    lines: list[LedgerLine]
