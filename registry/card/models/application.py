"""Card applications (items 65 to 73) and issuance orders (items 74 to 90)."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from registry.card.models.card_file import CardFile, Day, Index, Instant, Line, Mark, Municipality, Sealed, Short


class CardApplicationRecord(CardFile):
    """One 交付申請書: one form, one person (CARD-6), open until the card was ordered (CARD-11, CARD-14)."""

    __tablename__ = "card_application"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("card_person.id"), index=True)
    request_id: Mapped[UUID]
    request_digest: Mapped[Index]
    form_kind: Mapped[Mark]
    state: Mapped[Mark]
    held_for: Mapped[Mark | None]
    attempts: Mapped[Short]
    next_check_at: Mapped[Instant] = mapped_column(index=True)
    application_form_id: Mapped[Mark] = mapped_column(unique=True)  # 65
    application_form_linkage_control_number: Mapped[Mark]  # 66
    application_reception_contractor_code: Mapped[Mark | None]  # 67
    face_photo: Mapped[Sealed | None]  # 68
    application_form_image: Mapped[Sealed | None]  # 69
    application_date: Mapped[Day]  # 70
    braille_flag: Mapped[bool]  # 71
    braille_kana_name_length: Mapped[Short | None]  # 72
    braille_kana_name: Mapped[Sealed | None]  # 73
    record_timestamp: Mapped[Instant]


class IssuanceRecord(CardFile):
    """One order to make a card, and what came back of it (CARD-14, CARD-15). `id` is the certificate order too."""

    __tablename__ = "issuance"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("card_application.id"), unique=True)
    authentication_public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    request_control_number: Mapped[Mark]  # 74
    card_security_info_class: Mapped[Mark | None]  # 75
    processing_result_code: Mapped[Mark | None]  # 76
    providing_municipality_code: Mapped[Municipality]  # 77
    change_reason: Mapped[Mark | None]  # 78
    change_date: Mapped[Day | None]  # 79
    reserved_1: Mapped[Line | None]  # 80
    reserved_2: Mapped[Line | None]  # 81
    card_state_class: Mapped[Mark]  # 82 production and delivery, apart from 91
    public_key_length: Mapped[int | None]  # 83
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)  # 84
    issuance_order_number: Mapped[Mark] = mapped_column(unique=True)  # 85
    contractor_code: Mapped[Mark | None]  # 86
    card_issue_number: Mapped[Mark] = mapped_column(unique=True)  # 87
    command: Mapped[Mark]  # 88
    valid_until: Mapped[Day]  # 89
    individual_number_card_info: Mapped[Sealed | None]  # 90
    record_timestamp: Mapped[Instant]
