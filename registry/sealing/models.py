"""Data keys of one database, wrapped by the key store (D13)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.database import MECHANICS


class SealingBase(DeclarativeBase):
    """Tables of sealing, in the database of every context that seals."""

    metadata = MECHANICS


class SealingKey(SealingBase):
    """One data key: for columns or for blind indexes; exactly one of each purpose is in use."""

    __tablename__ = "sealing_key"
    __table_args__ = (Index("one_key_in_use", "purpose", unique=True, postgresql_where=text("retired_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))  # columns | index
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
