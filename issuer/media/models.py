"""Tables of media: what was registered, asked, decided and done; nothing of it is ever changed or erased (MEDIA-15)."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Instant, Name16, Name40
from registry.postgres.append_only import APPEND_ONLY


class Medium(Base):
    """A dedicated external medium (専用の外部記録媒体) that is admitted to the zone (MEDIA-13)."""

    __tablename__ = "medium"
    __table_args__ = ({"info": APPEND_ONLY},)

    medium_id: Mapped[Name40] = mapped_column(primary_key=True)
    place: Mapped[Name40]
    public_key: Mapped[bytes]  # 65-byte point: contents are sealed to it


class LedgerEntry(Base):
    """One line of the ledger (媒体管理簿), with who did it and where."""

    __tablename__ = "medium_ledger"
    __table_args__ = ({"info": APPEND_ONLY},)

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    medium_id: Mapped[Name40] = mapped_column(ForeignKey(Medium.medium_id), index=True)
    at: Mapped[Instant] = mapped_column(index=True)
    what: Mapped[Name16]  # registered | written | erased | disposed | audited
    operator: Mapped[Name40]
    terminal: Mapped[Name40]
    work_id: Mapped[UUID | None] = mapped_column(unique=True)  # a work request is carried out once
    detail: Mapped[Name40 | None]


class WorkRequest(Base):
    """A work request form (作業申請書) by the person who will do the work (MEDIA-14)."""

    __tablename__ = "work_request"
    __table_args__ = ({"info": APPEND_ONLY},)

    work_id: Mapped[UUID] = mapped_column(primary_key=True)
    medium_id: Mapped[Name40] = mapped_column(ForeignKey(Medium.medium_id))
    since: Mapped[date]
    until: Mapped[date]
    purpose: Mapped[Name40]
    at: Mapped[Instant]
    operator: Mapped[Name40]
    terminal: Mapped[Name40]


class WorkDecision(Base):
    """What the operations owner decided, once, and never about a request of his own."""

    __tablename__ = "work_decision"
    __table_args__ = ({"info": APPEND_ONLY},)

    work_id: Mapped[UUID] = mapped_column(ForeignKey(WorkRequest.work_id), primary_key=True)
    accepted: Mapped[bool]
    at: Mapped[Instant]
    operator: Mapped[Name40]
    terminal: Mapped[Name40]
