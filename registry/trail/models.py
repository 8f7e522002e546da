"""The trail: provisions, refusals and communications. Append-only, free of numbers, names and record codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.append_only import APPEND_ONLY
from registry.postgres.database import MECHANICS


class TrailBase(DeclarativeBase):
    """Tables of the mechanics live in the database of every context that uses them."""

    metadata = MECHANICS


class ProvisionRecord(TrailBase):
    """
    One provision to one recipient about one person, or one refusal (AUDIT-1 to AUDIT-7).

    `subject` is a keyed digest, so the record finds the person without holding a code (AUDIT-20).
    `operator` is null for machine calls (AUDIT-9).
    """

    __tablename__ = "provision_record"
    __table_args__ = ({"info": APPEND_ONLY},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    outcome: Mapped[str] = mapped_column(String(8))  # provided | refused
    refusal: Mapped[str | None] = mapped_column(String(64))
    system: Mapped[str] = mapped_column(String(32))
    operation: Mapped[str] = mapped_column(String(64))
    client_system: Mapped[str] = mapped_column(String(64))
    client_body: Mapped[str | None] = mapped_column(String(40))
    recipient: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(64))
    affair: Mapped[str | None] = mapped_column(String(40))
    key_kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    fields: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    number_included: Mapped[bool]
    operator: Mapped[str | None] = mapped_column(String(40))
    terminal: Mapped[str | None] = mapped_column(String(40))
    end_user: Mapped[str | None] = mapped_column(String(40))
    request_id: Mapped[UUID] = mapped_column(index=True)


class CommunicationRecord(TrailBase):
    """One call in or out, one by one (AUDIT-11); also a handshake that failed."""

    __tablename__ = "communication_record"
    __table_args__ = ({"info": APPEND_ONLY},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    direction: Mapped[str] = mapped_column(String(4))  # in | out
    system: Mapped[str] = mapped_column(String(32))
    peer: Mapped[str | None] = mapped_column(String(64))
    peer_body: Mapped[str | None] = mapped_column(String(40))
    operation: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(64))  # done | code of the problem | unanswered | handshake_failed
    request_id: Mapped[UUID | None] = mapped_column(index=True)


class Receipt(TrailBase):
    """The answer given to an idempotency key: a doubled message hears the same again (D6)."""

    __tablename__ = "receipt"

    caller: Mapped[str] = mapped_column(String(64), primary_key=True)
    operation: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
