"""What may be said to the card management system (個人番号カード管理システム), and its answers."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from registry.messages.codes import IndividualNumber, MunicipalityCode, ResidentRecordCode
from registry.messages.juki import Reason
from registry.messages.message import ByFourItems, Code, Der, Digest, LongText, Message, Photo, Serial, Text
from registry.messages.person import Items, Sex, StayClass

PostalCode = Annotated[str, Meta(pattern=r"^[0-9]{7}$(?!\n)")]


class Destination(Message, frozen=True):
    """
    送付先情報 of one resident on record, from the municipal CS (E-23).

    `number_checked` is the mark that the municipal CS compared number and latest record code (CARD-3).
    """

    KEY: ClassVar[str] = "none"
    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    resident_record_code: ResidentRecordCode
    individual_number: IndividualNumber
    number_checked: bool
    items: Items
    postal_code: PostalCode
    destination_postal_code: PostalCode
    destination_address: LongText
    destination_name: Text
    municipality_code: MunicipalityCode
    municipality_name: Text
    stay_class: StayClass = ""
    period_of_stay_expiry_date: date | None = None
    name_romaji: Text | None = None


class DestinationRegistered(Message, frozen=True):
    """The destination record was registered."""

    request_id: UUID
    destination_control_number: Code


class CardApplication(Message, frozen=True):
    """
    交付申請書情報 from the reception contractor (E-28): one form, one person (CARD-6).

    Only the handwritten form carries a number, and then the four items beside it (CARD-5, CARD-9).
    """

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    application_form_id: Code
    form_kind: Literal["web", "mail", "kiosk", "handwritten"]
    application_date: date
    identity_checked: bool  # CARD-10: online ways include an identity check
    face_photo: Photo | None  # none below the age of one (Order article 16)
    individual_number: IndividualNumber | None = None
    four_items: ByFourItems | None = None


class ApplicationRegistered(Message, frozen=True):
    """The card application was registered; the order follows after the freshness check (CARD-11)."""

    request_id: UUID
    application_form_id: Code
    state: Code


class PrintResult(Message, frozen=True):
    """The printing contractor reports that notice and form were printed and posted (E-26)."""

    print_request_number: Code
    result: Literal["posted", "failed"]


class IssuanceResult(Message, frozen=True):
    """The issuing contractor has made the chip and reports its public keys (E-28); holds no number."""

    issuance_order_number: Code
    card_issue_number: Code
    result: Literal["made"]
    signature_public_key: Der
    authentication_public_key: Der


class ChipCertificates(Message, frozen=True):
    """The user certificates that the contractor writes into the chip."""

    card_issue_number: Code
    signature_certificate: Der
    authentication_certificate: Der


class Shipment(Message, frozen=True):
    """The finished card was sent to the municipality or to the resident (CARD-16)."""

    issuance_order_number: Code
    card_issue_number: Code
    sent_to: Literal["municipality", "resident"]


class CounterStep(Message, frozen=True):
    """One step at the municipal counter on one card (CARD-18): the affair decides what is answered."""

    KEY: ClassVar[str] = "card_issue_number"
    request_id: UUID
    card_issue_number: Code
    step: Literal["prepare", "hand_over", "lift_suspension", "suspend", "abolish", "collect"]
    identity_checked: bool
    reason: Code | None = None


class CounterAnswer(Message, frozen=True):
    """What the counter's step needs (CARD-18); the number only for handing over."""

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    card_issue_number: Code
    card_operation_status: Code
    card_valid_until: date
    municipality_code: MunicipalityCode
    processing_result_code: Code
    individual_number: IndividualNumber | None = None


class CallerIdentity(Message, frozen=True):
    """The four items a caller stated, and the reference of the identity check (CARD-19, CARD-22)."""

    KEY: ClassVar[str] = "four_items"
    request_id: UUID
    identity_check: Code
    key: ByFourItems


class CallCentreView(Message, frozen=True):
    """What the call centre sees of one card. There is no field for a number (CARD-20)."""

    request_id: UUID
    card_issue_number: Code
    card_operation_status: Code
    card_valid_until: date
    signing_certificate_serial: Serial
    signing_certificate_state: Code


class SuspendCard(Message, frozen=True):
    """Application for suspension of a card after the caller's check (E-31, CARD-23)."""

    KEY: ClassVar[str] = "card_issue_number"
    request_id: UUID
    card_issue_number: Code
    reason: Literal["lost", "stolen", "other"]
    identity_check: Code


class CardState(Message, frozen=True):
    """The state of one card after a step."""

    request_id: UUID
    card_issue_number: Code
    card_operation_status: Code


class ChangeEvent(Message, frozen=True):
    """A change event of a person with a card record, from juki (E-12, JUKI-31)."""

    KEY: ClassVar[str] = "resident_record_code"
    CARRIES_NUMBER: ClassVar[bool] = True
    event_id: UUID
    resident_record_code: ResidentRecordCode
    individual_number: IndividualNumber | None
    reason: Reason
    change_date: date
    items: Items
    present: bool
    former_record_code: ResidentRecordCode | None = None


class OverseasChangeEvent(Message, frozen=True):
    """A change event of an overseas leaver, from fuhyo (E-21): no number has a place (CARD-29)."""

    KEY: ClassVar[str] = "resident_record_code"
    event_id: UUID
    resident_record_code: ResidentRecordCode
    change_date: date
    items: Items
    overseas: bool


class Confirm(Message, frozen=True):
    """
    SMP asks whether six items are those of this card (E-46); nothing comes back but yes or a code.

    `photo_digest` is SHA-256 over the photo as it stands on the card face, none when the card shows none.
    """

    KEY: ClassVar[str] = "card_issue_number"
    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    card_issue_number: Code
    individual_number: IndividualNumber
    name: Text
    address: LongText
    birth_date: date
    sex: Sex
    photo_digest: Digest | None


class Confirmation(Message, frozen=True):
    """Match, or mismatch with a code; no data."""

    request_id: UUID
    match: bool
    code: Code | None = None


class StateCounts(Message, frozen=True):
    """Counts per state (OPS-1, OPS-2): no personal data and no breakdown by person attributes."""

    counts: dict[str, int]


class OrderHeldNotice(Message, frozen=True):
    """The municipality is told that a card is not ordered before a difference is resolved (CARD-11). No number."""

    KEY: ClassVar[str] = "none"
    notice_id: UUID
    municipality_code: MunicipalityCode
    application_form_id: Code
    reason: Code


class CountQuery(Message, frozen=True):
    """Counts of records made between two days, both included (OPS-1, OPS-2); without days, of all."""

    request_id: UUID
    since: date | None = None
    until: date | None = None


class NoQuery(Message, frozen=True):
    """A question without a key."""

    request_id: UUID
