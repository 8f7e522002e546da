"""
Tables of certifying: serial numbers that were intended, what was signed, what was revoked, and the lists of it.

None of them names a person: the certificates of holders rest sealed in a table of the JPKI side.
"""

from datetime import datetime

from sqlalchemy import DateTime, ForeignKeyConstraint, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.append_only import APPEND_ONLY


class Base(DeclarativeBase):
    """Tables of the store `pki` that belong to its authorities."""

    metadata = MetaData()


class CertificateIntent(Base):
    """
    A serial number, committed before any CA key is used for it; one that was never signed is a gap and stays visible.

    `authority`: name of the authority as in the folder `trust`. `serial`: lower-case hex; no authority has one twice.
    """

    __tablename__ = "certificate_intent"
    __table_args__ = ({"info": APPEND_ONLY},)

    authority: Mapped[str] = mapped_column(String(64), primary_key=True)
    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    profile: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class IssuedCertificate(Base):
    """
    A certificate as it was signed, of systems, signers, readers and authorities themselves.

    `doc_type`: of a document signer. `key_digest`: SHA-256 of the certified SubjectPublicKeyInfo.
    """

    __tablename__ = "issued_certificate"
    __table_args__ = (
        ForeignKeyConstraint(
            ["authority", "serial"], [CertificateIntent.authority, CertificateIntent.serial], name="was_intended"
        ),
        {"info": APPEND_ONLY},
    )

    authority: Mapped[str] = mapped_column(String(64), primary_key=True)
    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    profile: Mapped[str] = mapped_column(String(64), index=True)
    doc_type: Mapped[str | None] = mapped_column(String(64))
    key_digest: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    not_after: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    der: Mapped[bytes] = mapped_column(LargeBinary)


class RevokedCertificate(Base):
    """One of them that was revoked: since when, and why. There is no way back (a hold is a matter of JPKI alone)."""

    __tablename__ = "revoked_certificate"
    __table_args__ = (
        ForeignKeyConstraint(
            ["authority", "serial"], [IssuedCertificate.authority, IssuedCertificate.serial], name="was_issued"
        ),
        {"info": APPEND_ONLY},
    )

    authority: Mapped[str] = mapped_column(String(64), primary_key=True)
    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    cause: Mapped[str] = mapped_column(String(40))


class PublishedList(Base):
    """A signed revocation list of one authority; numbers never repeat, and the newest one is served."""

    __tablename__ = "published_list"

    authority: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    this_update: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    next_update: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    content: Mapped[bytes] = mapped_column(LargeBinary)  # digest of the entries: has anything changed since
    der: Mapped[bytes] = mapped_column(LargeBinary)
