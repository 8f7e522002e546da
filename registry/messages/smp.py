"""What JPKI, the edge and operators may say to the mdoc issuance system, and what it tells municipalities."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from registry.messages.codes import MunicipalityCode
from registry.messages.juki import Reason
from registry.messages.message import Code, Message, Serial


class JpkiEvent(Message, frozen=True):
    """
    A ground for revocation, a hold, a release or a suspension, found by certificate serial (E-37).

    `suspension_requested` changes no certificate; `held` is never a lapse (D8).
    """

    KEY: ClassVar[str] = "certificate_serial"
    event_id: UUID
    signing_certificate_serial: Serial
    kind: Literal["revoked", "held", "released", "suspension_requested"]
    cause: Reason | Literal["lost", "stolen", "other", "expired", "superseded", "key_compromise", "lifted"]
    occurred_at: datetime


class MunicipalityNotice(Message, frozen=True):
    """Paragraph 12: a record was issued or lost effect (E-47). No number, no items."""

    KEY: ClassVar[str] = "card_issue_number"
    notice_id: UUID
    municipality_code: MunicipalityCode
    card_issue_number: Code
    event: Literal["issued", "lapsed"]
    cause: Code | None
    effective_at: datetime


class CardSuspendedNotice(Message, frozen=True):
    """The mayor is told that a card was suspended (E-33, CARD-25). No number."""

    KEY: ClassVar[str] = "card_issue_number"
    notice_id: UUID
    municipality_code: MunicipalityCode
    card_issue_number: Code
    suspended_on: date


class RunDaily(Message, frozen=True):
    """An operator starts the daily run of a legal day by hand (O-edge); the calendar does it otherwise."""

    request_id: UUID
    day: date


class RunReport(Message, frozen=True):
    """What the daily run of one day did: counts, and the reasons of skipped records."""

    request_id: UUID
    day: date
    state: Literal["running", "done"]
    renewed: int
    skipped: dict[str, int]
    expired: int


class FindRecord(Message, frozen=True):
    """An operator looks for a set of records by certificate serial or application id, never by number (MDOC-28)."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    signing_certificate_serial: Serial | None = None
    application_id: UUID | None = None


class WrongRecord(Message, frozen=True):
    """An operator found that a record is wrong or missing (Act 18-2 paragraph 9, item 4); never found by number."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    finding: Literal["wrong_item", "wrong_person", "missing_record"]
    signing_certificate_serial: Serial | None = None
    application_id: UUID | None = None


class RecordsLapsed(Message, frozen=True):
    """The sets that lost effect, and the cause that decides."""

    request_id: UUID
    set_ids: list[UUID]
    cause: Code


class DeclareCompromise(Message, frozen=True):
    """An operator publishes that a key that signs records was leaked, lost or damaged (Order 39-11(2), (3))."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    signer: Serial
    cause: Literal["leaked", "lost", "damaged"]


class CompromiseReport(Message, frozen=True):
    """How far the lapse of all records under a key has come."""

    request_id: UUID
    signer: Serial
    published_at: datetime
    sets_lapsed: int
    completed_at: datetime | None


class AskCompromised(Message, frozen=True):
    """Anybody asks which signing keys of the issuer were compromised (Order 39-11(3))."""


class PublicNotice(Message, frozen=True):
    """One key that was leaked, lost or damaged: all records under it have lost effect."""

    signer: Serial
    cause: Code
    published_at: datetime


class PublicNotices(Message, frozen=True):
    """Every public notice, the oldest first."""

    notices: list[PublicNotice]


class Reconcile(Message, frozen=True):
    """An operator asks for the comparison of a day with JPKI; `again` begins today's anew when it is done (O-edge)."""

    request_id: UUID
    day: date
    again: bool = False


class ReconciliationReport(Message, frozen=True):
    """What one day's comparison found: counts, repairs by what was mended."""

    request_id: UUID
    day: date
    state: Literal["running", "done"]
    compared: int
    unanswered: int
    repaired: dict[str, int]


class HistoryEntry(Message, frozen=True):
    """One step in the life of a set of records."""

    at: datetime
    what: Code
    detail: Code | None = None
    set_id: UUID | None = None


class RecordFound(Message, frozen=True):
    """State and history of a set of records, without personal data."""

    request_id: UUID
    application_id: UUID
    application_status: Code
    mdoc_status: Code | None
    valid_until: datetime | None
    history: list[HistoryEntry]


class RenewalDay(Message, frozen=True):
    """What the run of one day did with one set: planned, done, or skipped with the reason."""

    day: date
    set_id: UUID
    state: Code
    reason: Code | None
    at: datetime


class RenewalsExplained(Message, frozen=True):
    """
    Why the newest set was renewed or was not (MDOC-45, MDOC-49).

    `due_from`: the instant from which a run takes it up. `hindrance`: what stands in the way now; none where only JPKI
    is left to be asked.
    """

    request_id: UUID
    application_id: UUID
    mdoc_status: Code | None
    valid_until: datetime | None
    due_from: datetime | None
    hindrance: Code | None
    days: list[RenewalDay]


class Rewrap(Message, frozen=True):
    """An operator has made a new wrapping key: the data keys shall stand under it (D13)."""

    request_id: UUID


class Rewrapped(Message, frozen=True):
    """How many data keys were wrapped anew, and how many stood under the newest key already."""

    request_id: UUID
    rewrapped: int
    standing: int
