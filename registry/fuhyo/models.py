"""The fuhyo file (附票本人確認情報ファイル): 22 items; number, honseki and head of family have no column (FUHYO-2)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, DateTime, Index, LargeBinary, MetaData, SmallInteger, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class FuhyoFile(DeclarativeBase):
    """Tables of the fuhyo store."""

    metadata = MetaData()


class FuhyoRecord(FuhyoFile):
    """
    One state of one person, from an update to the next; `superseded_at` is null on the current one.

    Everybody in a family register annex stands here, removed persons included (FUHYO-3). Nothing is erased: no
    retention is set, and as in juki an earlier state stays as history (RETAIN-11).
    """

    __tablename__ = "fuhyo_record"
    __table_args__ = (
        Index("one_current_state", "resident_record_code", unique=True, postgresql_where=text("superseded_at IS NULL")),
        Index("current_four_items", "four_items_index", postgresql_where=text("superseded_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    update_id: Mapped[UUID] = mapped_column(unique=True)
    update_digest: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    superseded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    four_items_index: Mapped[bytes] = mapped_column(LargeBinary)
    resident_record_code: Mapped[str] = mapped_column(String(11))  # 1
    name_kanji: Mapped[str] = mapped_column(String(256))  # 2
    name_gaiji_count: Mapped[int] = mapped_column(SmallInteger)  # 3
    name_kana: Mapped[str] = mapped_column(String(256))  # 4
    birth_date: Mapped[date] = mapped_column(Date)  # 5
    sex: Mapped[str] = mapped_column(String(1))  # 6
    address_municipality_code: Mapped[str] = mapped_column(String(6))  # 7
    address: Mapped[str] = mapped_column(String(512))  # 8
    address_gaiji_count: Mapped[int] = mapped_column(SmallInteger)  # 9
    last_address: Mapped[str | None] = mapped_column(String(512))  # 10
    last_address_gaiji_count: Mapped[int | None] = mapped_column(SmallInteger)  # 11
    change_date: Mapped[date] = mapped_column(Date)  # 12
    previous_resident_record_code: Mapped[str | None] = mapped_column(String(11))  # 13
    fuhyo_managing_municipality_code: Mapped[str] = mapped_column(String(6))  # 14
    fuhyo_identity_status_class: Mapped[str] = mapped_column(String(10))  # 15: resident, overseas, removed (FUHYO-17)
    gaiji_flag: Mapped[bool]  # 16
    gaiji_pattern: Mapped[bytes | None] = mapped_column(LargeBinary)  # 17
    notification_class: Mapped[str | None] = mapped_column(String(2))  # 18
    former_surname_kanji: Mapped[str | None] = mapped_column(String(256))  # 19
    former_surname_gaiji_count: Mapped[int | None] = mapped_column(SmallInteger)  # 20
    former_surname_kana: Mapped[str | None] = mapped_column(String(256))  # 21
    former_surname_gaiji_change_seq: Mapped[int | None]  # 22
