"""
The trail: provisions, refusals and communications. Append-only, free of numbers, names and record codes.

A worker gives every entry its place in a chain afterwards, in a table of its own (`registry.trail.chain`): an entry is
written with its act and never touched again (AUDIT-20).
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.append_only import APPEND_ONLY
from registry.postgres.database import MECHANICS

Written = Annotated[int, mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text::bigint)"))]
"""
The number of the transaction that wrote an entry, given by PostgreSQL; no part of what the entry says.

Whoever has seen that no transaction below a number still runs has seen every entry below it, however late it was
committed: so entries are chained in this order, and none is passed over.
"""

NOT_READ_BACK: dict[str, Any] = {"eager_defaults": False}
"""Nobody asks PostgreSQL for the number it has given: an act would wait for an answer it has no use for."""


def in_order_of_writing(table: str) -> Index:
    """Return the index by which the next entries to be chained are found at once."""
    return Index(f"{table}_written", "written", "id")


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
    __table_args__ = (in_order_of_writing("provision_record"), {"info": APPEND_ONLY})
    __mapper_args__ = NOT_READ_BACK

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
    written: Mapped[Written]


class CommunicationRecord(TrailBase):
    """One call in or out, one by one (AUDIT-11); also a handshake that failed."""

    __tablename__ = "communication_record"
    __table_args__ = (in_order_of_writing("communication_record"), {"info": APPEND_ONLY})
    __mapper_args__ = NOT_READ_BACK

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    direction: Mapped[str] = mapped_column(String(4))  # in | out
    system: Mapped[str] = mapped_column(String(32))
    peer: Mapped[str | None] = mapped_column(String(64))
    peer_body: Mapped[str | None] = mapped_column(String(40))
    operation: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(64))  # done | code of the problem | unanswered | handshake_failed
    request_id: Mapped[UUID | None] = mapped_column(index=True)
    written: Mapped[Written]


class ChainLink(TrailBase):
    """
    The place of one entry in the chain of its table: digest of the entry, and hash of the link before.

    `trail`: name of the entry's table. `sequence` counts from 1 without a gap. `written`: that of the entry.
    """

    __tablename__ = "chain_link"
    __table_args__ = ({"info": APPEND_ONLY},)

    trail: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[UUID]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    written: Mapped[int] = mapped_column(BigInteger)


class CheckpointRecord(TrailBase):
    """
    A signed statement of how far a chain goes: the hash of its link `sequence`, with the key whose id is `key`.

    `newest`: the latest instant of all entries up to there, so that one comparison says whether all of them are due.
    """

    __tablename__ = "trail_checkpoint"
    __table_args__ = ({"info": APPEND_ONLY},)

    trail: Mapped[str] = mapped_column(String(32), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    newest: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    key: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class Receipt(TrailBase):
    """The answer given to an idempotency key: a doubled message hears the same again (D6)."""

    __tablename__ = "receipt"

    caller: Mapped[str] = mapped_column(String(64), primary_key=True)
    operation: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
