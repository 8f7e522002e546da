"""Tables of the daily run: one row per day, and one per set and day with what became of it (MDOC-43, MDOC-45)."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Instant, Name16, Name40


class DailyRun(Base):
    """The daily process (日次処理) of one legal day; a day that has no row was missed (OPS-13)."""

    __tablename__ = "daily_run"

    day: Mapped[date] = mapped_column(primary_key=True)
    started_at: Mapped[Instant]
    planned_at: Mapped[Instant]


class Renewal(Base):
    """
    What a day's run did with one set: planned, done, or skipped with the reason.

    A planned row is worked on at `due_at`; whoever takes it moves that on, so that a dead worker's rows come back.
    """

    __tablename__ = "renewal"
    __table_args__ = (Index("renewal_due", "due_at", postgresql_where=text("state = 'planned'")),)

    day: Mapped[date] = mapped_column(ForeignKey(DailyRun.day), primary_key=True)
    set_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[Name16]
    reason: Mapped[Name40 | None]
    cause: Mapped[Name16 | None]  # 9-5i when the records were used up; such a row outlives its day
    new_set_id: Mapped[UUID | None]
    due_at: Mapped[Instant]
    updated_at: Mapped[Instant]
