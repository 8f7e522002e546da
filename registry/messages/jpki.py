"""What may be said to the JPKI side (公的個人認証サービス). None of it holds an individual number (LINK-5, LINK-8)."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from registry.messages.codes import ResidentRecordCode
from registry.messages.juki import Reason
from registry.messages.message import Code, Der, Message, Serial
from registry.messages.person import Items


class OrderCertificates(Message, frozen=True):
    """The card system orders the two user certificates of a card (E-34c)."""

    KEY: ClassVar[str] = "card_issue_number"
    order_id: UUID
    card_issue_number: Code
    resident_record_code: ResidentRecordCode
    items: Items
    card_valid_until: date
    signature_public_key: Der
    authentication_public_key: Der


class IssuedCertificates(Message, frozen=True):
    """The certificates of one order, with the serials as lower-case hex."""

    order_id: UUID
    signature_certificate: Der
    signature_serial: Serial
    authentication_certificate: Der
    authentication_serial: Serial


class CertificateQuery(Message, frozen=True):
    """The state of a signing certificate (E-36, and E-34c for the card system)."""

    KEY: ClassVar[str] = "certificate_serial"
    signing_certificate_serial: Serial


class CertificateState(Message, frozen=True):
    """Good, held, revoked or unknown; with reason and time when revoked."""

    signing_certificate_serial: Serial
    state: Literal["good", "held", "revoked", "unknown"]
    reason: Code | None = None
    since: datetime | None = None


class RecordCodeQuery(Message, frozen=True):
    """juki asks for the record code behind the serial of a user certificate (E-34b, JUKI-24)."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    authentication_certificate_serial: Serial


class RecordCodeAnswer(Message, frozen=True):
    """The record code behind the serial."""

    request_id: UUID
    resident_record_code: ResidentRecordCode


class PersonChanged(Message, frozen=True):
    """Change event from juki (E-34a): record code, kind and date, no items and no number."""

    KEY: ClassVar[str] = "resident_record_code"
    event_id: UUID
    resident_record_code: ResidentRecordCode
    reason: Reason
    change_date: date


class HoldCertificates(Message, frozen=True):
    """The call centre asks for a temporary hold of a card's certificates (E-32, CARD-24)."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    signing_certificate_serial: Serial
    identity_check: Code
    reason: Literal["lost", "stolen", "other"]


class ReleaseCertificates(Message, frozen=True):
    """The card system reports that the suspension of the card was lifted at the municipality."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    signing_certificate_serial: Serial


class SuspendMdoc(Message, frozen=True):
    """The call centre passes on that a phone is lost (E-38); a number has no place in it (MDOC-51)."""

    KEY: ClassVar[str] = "certificate_serial"
    request_id: UUID
    signing_certificate_serial: Serial
    identity_check: Code
    reason: Literal["lost", "stolen", "other"]
