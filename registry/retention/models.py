"""The history of erasures (消去履歴): kept, append-only, and free of every erased value (RETAIN-7, RETAIN-20)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.append_only import APPEND_ONLY
from registry.postgres.database import MECHANICS
from registry.trail.models import NOT_READ_BACK, Written, in_order_of_writing


class RetentionBase(DeclarativeBase):
    """Tables of retention, in the database of every context that erases."""

    metadata = MECHANICS


class ErasureRecord(RetentionBase):
    """
    One batch that was erased: by which rule, from which tables, how many rows of each.

    `erased`: the random ids of the erased rows, where the rule's table has such ids; they say nothing about anybody.
    `checkpoint`: where the beginning of a trail was erased, the checkpoint with which its verification starts (D10).
    """

    __tablename__ = "erasure_record"
    __table_args__ = (in_order_of_writing("erasure_record"), {"info": APPEND_ONLY})
    __mapper_args__ = NOT_READ_BACK

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    rule: Mapped[str] = mapped_column(String(40), index=True)
    ground: Mapped[str] = mapped_column(String(120))  # the article, or the term of the configuration
    tables: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    counts: Mapped[list[int]] = mapped_column(ARRAY(Integer))  # rows of each table, in the same order
    erased: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    checkpoint: Mapped[int | None] = mapped_column(BigInteger)
    written: Mapped[Written]
