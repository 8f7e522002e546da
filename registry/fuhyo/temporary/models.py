"""The temporary area (一時保存領域): numbers provided on request, apart from the fuhyo database (FUHYO-6)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class TemporaryFile(DeclarativeBase):
    """The one table of the database `fuhyo_tmp`."""

    metadata = MetaData()


class TemporaryNumber(TemporaryFile):
    """
    The number of one person, provided to one body for one request, until `erase_after`.

    `person`: keyed digest of the record code, with a key of this database alone, so that nothing joins it with the
    trail of fuhyo. `state_id`: the state of the fuhyo file that was provided. The table is not logged: no base backup,
    archive or standby of PostgreSQL holds a row of it (RETAIN-10). A crash of the server empties it, and whoever asks
    again after that is answered from juki.
    """

    __tablename__ = "temporary_number"
    __table_args__ = (Index("copy_of_request", "recipient", "request_id"), {"prefixes": ["UNLOGGED"]})

    id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID]
    request_digest: Mapped[bytes] = mapped_column(LargeBinary)  # of the whole message: the same id is the same request
    recipient: Mapped[str] = mapped_column(String(40))
    affair: Mapped[str] = mapped_column(String(40))
    person: Mapped[bytes] = mapped_column(LargeBinary)
    state_id: Mapped[UUID]
    individual_number: Mapped[bytes] = mapped_column(LargeBinary)  # 1, sealed
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    erase_after: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
