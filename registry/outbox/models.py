"""The outbox: what must still go out, written in the transaction of the act (D6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.database import MECHANICS


class OutboxBase(DeclarativeBase):
    """Tables of the outbox, in the database of every context that sends."""

    metadata = MECHANICS


class OutboxMessage(OutboxBase):
    """
    One message to one system, kept until it is acknowledged.

    `sealed` is emptied on acknowledgement: what has arrived is no longer ours to keep.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (Index("outbox_due", "next_attempt_at", postgresql_where=text("acknowledged_at IS NULL")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)  # also the idempotency key
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    operation: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    request_id: Mapped[UUID]
    attempts: Mapped[int]
    next_attempt_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_outcome: Mapped[str | None] = mapped_column(String(64))
