"""
The number file (個人番号管理ファイル): every number ever generated, and the pairs of number and record code.

Numbers and pairs are two tables, because a changed record code makes a second pair of the same number (NUM-12), while
a number exists once and for ever (NUM-4, RETAIN-1).
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, DateTime, ForeignKey, Index, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

CURRENT, HISTORY = "current", "history"
NUMBER_COLUMN = "generated_number.individual_number"
RECORD_CODE_COLUMN = "number_pair.resident_record_code"
_CURRENT = text("current_or_history = 'current'")


class Base(DeclarativeBase):
    """Tables of the number system; it holds nothing but the number file (LINK-4)."""

    metadata = MetaData()


class GeneratedNumber(Base):
    """
    One number (個人番号, 生成日時): sealed, and unique by the keyed digest of its eleven-digit body.

    Current, changed away, of the dead, or never notified: the row stays (NUM-4, RETAIN-1).
    """

    __tablename__ = "generated_number"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    body_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    individual_number: Mapped[bytes] = mapped_column(LargeBinary)
    generated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class NumberPair(Base):
    """
    One pair of record code and number (住民票コード, 最新/履歴, 払出日付).

    `cause` tells what made the pair: generation, the ground of a change (NUM-8), or a change of record code.
    """

    __tablename__ = "number_pair"
    __table_args__ = (
        Index("one_current_pair", "record_code_index", unique=True, postgresql_where=_CURRENT),
        Index("one_current_code", "number_id", unique=True, postgresql_where=_CURRENT),
        Index("pairs_of_a_code", "record_code_index"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number_id: Mapped[UUID] = mapped_column(ForeignKey("generated_number.id"))
    record_code_index: Mapped[bytes] = mapped_column(LargeBinary)
    resident_record_code: Mapped[bytes] = mapped_column(LargeBinary)
    current_or_history: Mapped[str] = mapped_column(String(8))
    paid_out_date: Mapped[date | None] = mapped_column(Date)
    cause: Mapped[str] = mapped_column(String(20))  # generation | resident | mayor | record_code
    request_id: Mapped[UUID] = mapped_column(unique=True)
    former_pair_id: Mapped[UUID | None] = mapped_column(ForeignKey("number_pair.id"))  # NUM-11: they remain linked
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
