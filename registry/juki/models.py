"""
The juki file (機構保存本人確認情報ファイル): one row for each version of a person's identity information.

Every accepted update adds a row and closes the one before it; rows are never rewritten otherwise (JUKI-10).
The provision items of the file (提供年月日 to 提供先) are the rows of `registry.trail.models.ProvisionRecord`.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, Index, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.messages.juki import Reason

CURRENT, HISTORY, REMOVED = "1", "2", "3"  # 保存期間フラグ: which rule of retention applies (RETAIN-2, RETAIN-3)
NUMBER_COLUMN = "identity_record.individual_number"
RECORD_CODE_COLUMN = "identity_record.resident_record_code"
_LATEST = text("superseded_at IS NULL")


class Base(DeclarativeBase):
    """Tables of the juki server."""

    metadata = MetaData()


class IdentityRecord(Base):
    """
    One version of one person's identity information (本人確認情報), from one accepted update.

    Record code and number are sealed and found by keyed digests. `name_search` and `address_search` hold the form in
    which texts are compared. `superseded_at` is null on the latest version, which can be that of a removed person.
    """

    __tablename__ = "identity_record"
    __table_args__ = (
        Index("one_latest_version", "person_id", unique=True, postgresql_where=_LATEST),
        Index("one_person_per_code", "record_code_index", unique=True, postgresql_where=_LATEST),
        Index("one_person_per_number", "number_index", unique=True, postgresql_where=_LATEST),
        Index("by_four_items", "birth_date", "name_search", postgresql_where=_LATEST),
        Index("versions_of_a_code", "record_code_index"),
        Index("versions_with_a_number", "number_index"),
        Index("versions_of_a_person", "person_id", "recorded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(String(12))  # reasons.State
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    update_id: Mapped[UUID] = mapped_column(unique=True)
    update_digest: Mapped[bytes] = mapped_column(LargeBinary)  # tells the same update from another one with its id
    record_code_index: Mapped[bytes] = mapped_column(LargeBinary)
    former_record_code_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    number_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    name_search: Mapped[str] = mapped_column(String(256))
    address_search: Mapped[str] = mapped_column(String(512))

    # items 1 to 24 and 32 to 35 of the file, in its order
    resident_record_code: Mapped[bytes] = mapped_column(LargeBinary)
    name_kanji: Mapped[str] = mapped_column(String(256))
    name_gaiji_count: Mapped[int]
    name_kana: Mapped[str] = mapped_column(String(256))
    birth_date: Mapped[date] = mapped_column(Date)
    sex: Mapped[str] = mapped_column(String(1))
    address: Mapped[str] = mapped_column(String(512))
    address_gaiji_count: Mapped[int]
    individual_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    change_reason: Mapped[Reason] = mapped_column(String(32))
    change_date: Mapped[date] = mapped_column(Date)
    retention_flag: Mapped[str] = mapped_column(String(1))
    name_kana_unvoiced: Mapped[str] = mapped_column(String(256))
    address_municipality_code: Mapped[str] = mapped_column(String(6))
    address_town_code: Mapped[str | None] = mapped_column(String(12))
    operator_id: Mapped[str | None] = mapped_column(String(40))
    terminal_id: Mapped[str | None] = mapped_column(String(40))
    record_timestamp: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    notification_received_date: Mapped[date] = mapped_column(Date)
    gaiji_flag: Mapped[bool]
    deleted_flag: Mapped[bool]
    update_sequence_number: Mapped[int] = mapped_column(BigInteger)
    name_gaiji_change_seq: Mapped[int]
    address_gaiji_change_seq: Mapped[int]
    former_surname_kanji: Mapped[str | None] = mapped_column(String(256))
    former_surname_gaiji_count: Mapped[int | None]
    former_surname_kana: Mapped[str | None] = mapped_column(String(256))
    former_surname_gaiji_change_seq: Mapped[int | None]


class RelayedNumber(Base):
    """
    A number-to-be that passed through on its way to a municipality (E-01, E-02): digests only.

    By it the update that brings the number is checked to bring the one that was generated (JUKI-6).
    """

    __tablename__ = "relayed_number"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    body: Mapped[str] = mapped_column(String(40))  # the municipality that asked, and nobody else (NUM-3)
    record_code_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    number_index: Mapped[bytes] = mapped_column(LargeBinary)
