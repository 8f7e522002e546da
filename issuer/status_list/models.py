"""Tables of what relying parties hear: the lists, what stands in them, and what is published of each (D11)."""

from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Instant, Name16, Name40, Name64


class StatusList(Base):
    """
    One list of one docType. `mechanism`: status_list (entries of `bits` bits) or identifier_list (`bits` is 0).

    `version` counts the changes of what stands in it; a token of an older version is replaced. `state`: open (new
    places are given), closed, or ended. A closed list is published until the last record that points at it has ended.
    `identifier_list_id`: the identifier list of the same records, where the docType uses both mechanisms. `root`: key
    identifier (hex) of the IACA root under which it is signed; none for a list that was opened before any root followed
    the first.
    """

    __tablename__ = "status_list"

    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(String(256), unique=True)
    doc_type: Mapped[Name64]
    mechanism: Mapped[Name16]
    bits: Mapped[int]
    size: Mapped[int]
    state: Mapped[Name16]
    version: Mapped[int]
    opened_at: Mapped[Instant]
    identifier_list_id: Mapped[UUID | None] = mapped_column(ForeignKey("status_list.list_id"), unique=True)
    root: Mapped[Name40 | None]


class StatusEntry(Base):
    """
    A place that was given away, for ever: no index serves twice. Places without a row read as VALID.

    `changed` is the version of the list that its last change made, 0 for a place that never changed: the journal from
    which a publisher brings the array in its memory up to date. A decoy belongs to no record; its value hides how many
    records lapsed.
    """

    __tablename__ = "status_entry"
    __table_args__ = (Index("status_entry_changed", "list_id", "changed", postgresql_where=text("changed > 0")),)

    list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.list_id), primary_key=True)
    idx: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
    changed: Mapped[int]
    decoy: Mapped[bool]


class IdentifierEntry(Base):
    """
    The random identifier of a record whose docType also uses an identifier list, beside its place in a status list.

    No identifier serves twice, and no place has two. A decoy belongs to no record.
    """

    __tablename__ = "identifier_entry"
    __table_args__ = (
        ForeignKeyConstraint(["status_list_id", "idx"], [StatusEntry.list_id, StatusEntry.idx]),
        UniqueConstraint("status_list_id", "idx"),
        Index("identifier_entry_revoked", "list_id", postgresql_where=text("revoked")),
    )

    identifier: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.list_id), index=True)
    status_list_id: Mapped[UUID | None]
    idx: Mapped[int | None]
    revoked: Mapped[bool]


class StatusToken(Base):
    """What relying parties are given: the signed token of each list, the newest; as JWT too where the list has bits."""

    __tablename__ = "status_token"

    list_id: Mapped[UUID] = mapped_column(ForeignKey(StatusList.list_id), primary_key=True)
    version: Mapped[int]
    token: Mapped[bytes] = mapped_column(LargeBinary)
    jwt: Mapped[str | None] = mapped_column(Text)
    ttl: Mapped[int]
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant] = mapped_column(index=True)
