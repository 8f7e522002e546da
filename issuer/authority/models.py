"""What the authority committed itself to sign, before any key was used (D9: record, sign, check)."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Instant, Name16, Name24, Name40, Name64


class Issuance(Base):
    """
    One issuance of a set: for an application, or for a set that is renewed (`subject_id`). There is never a second.

    `state`: running or released. While it runs, one worker holds it until `lease_until`; after that it is taken over.
    """

    __tablename__ = "issuance"

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(index=True)
    replaces: Mapped[UUID | None]
    set_id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[Name16]
    attempt: Mapped[int]
    lease_until: Mapped[Instant] = mapped_column(index=True)
    updated_at: Mapped[Instant]


class IssuanceIntent(Base):
    """
    One record to be signed: the exact bytes, the signer, the place in a status list, the validity.

    `state`: intended, when a key may be used for it; then signed once it is released, or given_up. `to_be_signed` has
    digests only and stays as evidence; elements and salts are never stored, because
    nobody finishes what a dead worker began.
    """

    __tablename__ = "issuance_intent"

    intent_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey(Issuance.subject_id))
    set_id: Mapped[UUID] = mapped_column(index=True)
    attempt: Mapped[int]
    position: Mapped[int]
    state: Mapped[Name16]
    doc_type: Mapped[Name64]
    device_key_thumbprint: Mapped[bytes] = mapped_column(LargeBinary)
    list_id: Mapped[UUID]
    idx: Mapped[int]
    uri: Mapped[str] = mapped_column(String(256))
    signer: Mapped[Name64]
    to_be_signed: Mapped[bytes] = mapped_column(LargeBinary)
    valid_from: Mapped[Instant]
    valid_until: Mapped[Instant]
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    __table_args__ = (
        UniqueConstraint("subject_id", "attempt", "position"),  # also how the intents of a subject are found
        UniqueConstraint("list_id", "idx"),
        Index("issuance_intent_signer", "signer", "set_id"),  # what a compromised key signed (Order 39-11(2))
    )


class SignerCertificate(Base):
    """
    One signer after the ceremony's: requested from the IACA, delivered, then announced, active and retired by the day.

    `kind`: document_signer or status_signer. `request`: the PKCS#10 that was sent, so that a repetition is the same.
    `key_name`: what the key is called in the key store. The certificate's dates alone decide what it is today.
    """

    __tablename__ = "signer_certificate"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[Name24]
    doc_type: Mapped[str | None] = mapped_column(String(64))
    key_name: Mapped[Name64]
    request: Mapped[bytes] = mapped_column(LargeBinary)
    not_before: Mapped[Instant]
    requested_at: Mapped[Instant]
    next_attempt_at: Mapped[Instant]
    delivered_at: Mapped[Instant | None]
    certificate: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        # One request at a time: two workers cannot both ask for the next signer of a docType.
        Index(
            "one_signer_requested",
            "kind",
            text("coalesce(doc_type, '')"),
            unique=True,
            postgresql_where=text("delivered_at IS NULL"),
        ),
    )


class RevokedSigner(Base):
    """A signer that the IACA has revoked; it signs nothing more, whatever its dates say."""

    __tablename__ = "revoked_signer"

    serial: Mapped[Name64] = mapped_column(primary_key=True)
    cause: Mapped[Name40]
    since: Mapped[Instant]
    told_at: Mapped[Instant]
