"""The card ledger (items 91 to 108), the caller checks that a suspension cites, and events already taken in."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.card.models.card_file import CardFile, Day, Instant, Mark, Municipality


class Card(CardFile):
    """One card from its order to its collection (CARD-17, CARD-23, CARD-27)."""

    __tablename__ = "card"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("card_person.id"), index=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("card_application.id"), unique=True)
    card_issue_number: Mapped[Mark] = mapped_column(unique=True)
    municipality_code: Mapped[Municipality]
    handed_over_date: Mapped[Day | None]
    refresh_at: Mapped[Instant | None] = mapped_column(index=True)  # a second query is due (CARD-12)
    card_operation_status: Mapped[Mark] = mapped_column(index=True)  # 91
    card_valid_until: Mapped[Day] = mapped_column(index=True)  # 92
    suspended_date: Mapped[Day | None]  # 93
    suspension_reason: Mapped[Mark | None]  # 94
    card_abolished_date: Mapped[Day | None]  # 95
    card_abolition_reason: Mapped[Mark | None]  # 96
    card_collected_date: Mapped[Day | None]  # 97
    record_timestamp: Mapped[Instant]  # 98
    jurisdiction_flag: Mapped[bool]  # 99
    move_in_processed_date: Mapped[Day | None]  # 100
    planned_move_out_elapsed_date: Mapped[Day | None]  # 101
    juki_ap_identifier: Mapped[Mark | None]  # 104
    crypto_identifier: Mapped[Mark | None]  # 105
    card_manufacturer_identifier: Mapped[Mark | None]  # 106
    card_image_number: Mapped[Mark | None]  # 107
    subject_certificate_serial_number: Mapped[str | None]  # 108


class CallerCheck(CardFile):
    """A caller whom the call centre identified, and the card that was found for him (CARD-22)."""

    __tablename__ = "caller_check"
    __table_args__ = (UniqueConstraint("identity_check", "card_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    identity_check: Mapped[Mark]
    card_id: Mapped[UUID] = mapped_column(ForeignKey("card.id"), index=True)
    at: Mapped[Instant]
