"""Destination records (items 1 to 37), persons (38 to 61, 109 to 115) and print orders (62 to 64)."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.card.models.card_file import (
    CardFile,
    Day,
    Index,
    Instant,
    Line,
    Mark,
    Municipality,
    Name,
    Phone,
    Postal,
    Sealed,
    Short,
)


class CardPerson(CardFile):
    """
    What the card file knows of one person: user information, refreshed by every change (CARD-12, CARD-28).

    `record_code_index` and `four_items_index` are keyed digests: the only ways in. There is none for the number.
    """

    __tablename__ = "card_person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    record_code_index: Mapped[Index] = mapped_column(unique=True)
    four_items_index: Mapped[Index] = mapped_column(index=True)
    address_municipality_code: Mapped[Municipality]
    overseas: Mapped[bool]
    changed_on: Mapped[Day | None]
    # 38-50 住民票コード … 個人番号
    resident_record_code: Mapped[Sealed]
    name_kanji_length: Mapped[Short]
    name_kanji: Mapped[Sealed]
    name_gaiji_count: Mapped[Short]
    name_kana_length: Mapped[Short]
    name_kana: Mapped[Sealed]
    postal_code: Mapped[Postal | None]
    address_length: Mapped[Short]
    address: Mapped[Sealed]
    address_gaiji_count: Mapped[Short]
    birth_date: Mapped[Sealed]
    sex: Mapped[Sealed]
    individual_number: Mapped[Sealed]
    # 51, 52: class of a foreign resident (Juki Act article 30-45) and end of the period of stay
    article_30_45_class: Mapped[Mark | None]
    period_of_stay_expiry_date: Mapped[Day | None]
    # 53-61 代替文字, 外字
    substitute_char_conversion_result: Mapped[Mark | None]
    substitute_char_name_length: Mapped[Short | None]
    substitute_char_name: Mapped[Sealed | None]
    substitute_char_address_length: Mapped[Short | None]
    substitute_char_address: Mapped[Sealed | None]
    substitute_char_name_positions: Mapped[Line | None]
    substitute_char_address_positions: Mapped[Line | None]
    gaiji_flag: Mapped[bool]
    gaiji_pattern: Mapped[Sealed | None]
    # 102 本人確認情報有無: False once the record was removed and nothing took its place
    identity_info_present_flag: Mapped[bool]
    previous_municipality_code: Mapped[Municipality | None]  # 103
    notification_document_management_status: Mapped[Mark | None]  # 109
    # 110-115 旧氏, ローマ字
    former_surname_kanji: Mapped[Sealed | None]
    former_surname_gaiji_count: Mapped[Short | None]
    former_surname_kana: Mapped[Sealed | None]
    former_surname_gaiji_change_seq: Mapped[int | None]
    name_romaji: Mapped[Sealed | None]
    former_surname_romaji: Mapped[Sealed | None]


class DestinationRecord(CardFile):
    """One 送付先情報 as the municipality registered it (CARD-1). A request is registered once."""

    __tablename__ = "destination"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("card_person.id"), index=True)
    request_id: Mapped[UUID] = mapped_column(unique=True)
    request_digest: Mapped[Index]
    state: Mapped[Mark]
    destination_control_number: Mapped[Mark] = mapped_column(unique=True)  # 1
    # 2-8 where the notice goes
    destination_postal_code: Mapped[Postal]
    destination_address_kanji_length: Mapped[Short]
    destination_address_kanji: Mapped[Sealed]
    destination_address_gaiji_count: Mapped[Short]
    destination_name_kanji_length: Mapped[Short]
    destination_name_kanji: Mapped[Sealed]
    destination_name_gaiji_count: Mapped[Short]
    # 9-16 the municipality that made the record
    municipality_code: Mapped[Municipality]
    municipality_name_length: Mapped[Short]
    municipality_name: Mapped[Name]
    municipality_postal_code: Mapped[Postal | None]
    municipality_address_length: Mapped[Short | None]
    municipality_address: Mapped[Line | None]
    municipality_address_gaiji_count: Mapped[Short | None]
    municipality_phone_number: Mapped[Phone | None]
    # 17-24 交付場所: where the card is handed over
    handover_place_name_length: Mapped[Short | None]
    handover_place_name: Mapped[Name | None]
    handover_place_name_gaiji_count: Mapped[Short | None]
    handover_place_postal_code: Mapped[Postal | None]
    handover_place_address_length: Mapped[Short | None]
    handover_place_address: Mapped[Line | None]
    handover_place_address_gaiji_count: Mapped[Short | None]
    handover_place_phone_number: Mapped[Phone | None]
    # 25-32 カード送付場所: where finished cards are sent
    card_delivery_place_name_length: Mapped[Short | None]
    card_delivery_place_name: Mapped[Name | None]
    card_delivery_place_name_gaiji_count: Mapped[Short | None]
    card_delivery_place_postal_code: Mapped[Postal | None]
    card_delivery_place_address_length: Mapped[Short | None]
    card_delivery_place_address: Mapped[Line | None]
    card_delivery_place_address_gaiji_count: Mapped[Short | None]
    card_delivery_place_phone_number: Mapped[Phone | None]
    # 33-37 the batch it came in
    target_person_count: Mapped[int]
    processing_date: Mapped[Day]
    operator_id: Mapped[Name | None]
    terminal_id: Mapped[Name | None]
    print_class: Mapped[Mark]
    record_timestamp: Mapped[Instant]


class PrintRequest(CardFile):
    """One order to print notice and application form; the form id is known from here on (CARD-4, CARD-6)."""

    __tablename__ = "print_request"
    __table_args__ = (UniqueConstraint("application_form_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destination.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("card_person.id"), index=True)
    application_form_id: Mapped[Mark]
    state: Mapped[Mark]
    print_request_number: Mapped[Mark] = mapped_column(unique=True)  # 62
    print_contractor_code: Mapped[Mark | None]  # 63
    print_data_created_date: Mapped[Day]  # 64
