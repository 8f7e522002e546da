"""Tables of the status lists: the lists, their entries, and the token that is published of each (D11)."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Instant, Name16


class StatusList(Base):
    """
    One list of two-bit entries. `version` counts the changes of its entries; a token of an older version is replaced.

    `state`: open (new places are given) or closed. A closed list is published as long as a record may point at it.
    """

    __tablename__ = "status_list"

    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(String(256), unique=True)
    bits: Mapped[int]
    size: Mapped[int]
    state: Mapped[Name16]
    version: Mapped[int]
    opened_at: Mapped[Instant]


class StatusEntry(Base):
    """
    A place that was given away, for ever: no index serves twice. Places without a row read as VALID.

    A decoy belongs to no record; its value hides how many records lapsed.
    """

    __tablename__ = "status_entry"
    __table_args__ = (Index("status_entry_set", "list_id", postgresql_where=text("value <> 0")),)

    list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.list_id), primary_key=True)
    idx: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
    decoy: Mapped[bool]


class StatusToken(Base):
    """The signed token that relying parties are given: one per list, the newest."""

    __tablename__ = "status_token"

    list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.list_id), primary_key=True)
    version: Mapped[int]
    token: Mapped[bytes] = mapped_column(LargeBinary)
    ttl: Mapped[int]
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)
