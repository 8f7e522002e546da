"""
Tables of the JPKI side: orders, user certificates, their history, requests done.

The record code is the one link to a person: sealed, and found by keyed digest. There is no number anywhere (LINK-8).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, MetaData, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.append_only import APPEND_ONLY

RECORD_CODE_COLUMN = "certificate_order.resident_record_code"
CERTIFICATE_COLUMN = "user_certificate.certificate"
SIGNATURE = "signature"
AUTHENTICATION = "authentication"
AUTHORITY_OF = {SIGNATURE: "signature_ca", AUTHENTICATION: "authentication_ca"}
"""Kind of certificate -> name of the authority that signs it."""


class Base(DeclarativeBase):
    """Tables of the store `pki`."""

    metadata = MetaData()


class CertificateOrder(Base):
    """One order of the card system (E-34c): a card and the person behind it."""

    __tablename__ = "certificate_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    card_issue_number: Mapped[str] = mapped_column(String(40), index=True)
    person_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    resident_record_code: Mapped[bytes] = mapped_column(LargeBinary)  # sealed


class UserCertificate(Base):
    """
    One certificate of a holder. The serial number stands here before the authority signs.

    `serial`: lower-case hex. `certificate`: sealed DER, because a signature certificate names its holder; empty until
    signed. `key_digest`: SHA-256 of the public key, so that no key is certified twice.
    """

    __tablename__ = "user_certificate"
    __table_args__ = (
        Index("certificates_to_expire", "not_after", postgresql_where=text("state <> 'revoked'")),
        Index("certificates_not_good", "kind", "since", postgresql_where=text("state <> 'good'")),
    )

    serial: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # signature | authentication
    order_id: Mapped[UUID] = mapped_column(ForeignKey("certificate_order.id"), index=True)
    key_digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    not_before: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    not_after: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String(8))  # good | held | revoked
    reason: Mapped[str | None] = mapped_column(String(40))
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class CertificateHistory(Base):
    """One step in the life of a certificate: what it became, why, by whose request."""

    __tablename__ = "certificate_history"
    __table_args__ = ({"info": APPEND_ONLY},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(ForeignKey("user_certificate.serial"), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(40))
    caller: Mapped[str] = mapped_column(String(64))
    operator: Mapped[str | None] = mapped_column(String(40))
    request_id: Mapped[UUID]


class DoneRequest(Base):
    """A request that was carried out: the same again does nothing twice, another under its id is refused."""

    __tablename__ = "done_request"

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    operation: Mapped[str] = mapped_column(String(64))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
