"""Tables of the life of a set of records: management, credential, history, lapse, notices (MDOC-27)."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Heavy, Instant, Name16, Name24, Name40, Name64
from registry.postgres.append_only import APPEND_ONLY

SET = "mdoc_management.{}"
CREDENTIAL = "holder_credential.{}"
"""Associated data of sealed columns; a history row holds copies of its credential's ciphertexts."""


class RecordSet(Base):
    """
    One set of records of one person (mdoc管理情報, items 1 to 14); `mdoc_id` is the set's id everywhere.

    `mdoc_status`: issued, active, suspended, revoked (lapsed), expired, superseded. `certificate_on_hold` is a fact
    about the card's signing certificate and no state of the set (D8).
    """

    __tablename__ = "mdoc_management"

    mdoc_id: Mapped[UUID] = mapped_column(primary_key=True)
    mdoc_status: Mapped[Name16] = mapped_column(index=True)
    card_issue_number: Mapped[Name40] = mapped_column(index=True)
    card_valid_until: Mapped[date]
    four_info: Mapped[Heavy]  # sealed
    municipality_code: Mapped[str] = mapped_column(String(6))
    individual_number: Mapped[Heavy]  # sealed, no index (MDOC-28)
    face_photo_card: Mapped[Heavy | None]  # sealed
    birth_date: Mapped[bytes]  # sealed: one of the four items; by which causes a set ends hangs on it
    birth_date_search: Mapped[str | None] = mapped_column(String(8))  # an item nothing needs; stays empty
    mdoc_last_sent_at: Mapped[Instant | None]
    deleted_flag: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    application_id: Mapped[UUID] = mapped_column(ForeignKey("mdoc_application.application_id"), index=True)
    signing_certificate_serial_number: Mapped[Name64] = mapped_column(index=True)
    doc_type: Mapped[Name64]
    valid_from: Mapped[Instant]
    valid_until: Mapped[Instant] = mapped_column(index=True)
    replaces: Mapped[UUID | None] = mapped_column(index=True)  # the set that this one supersedes once confirmed
    certificate_on_hold: Mapped[bool] = mapped_column(default=False)
    suspended_by: Mapped[UUID | None]  # application that suspended it, named by the release (MDOC-57)
    status_reason: Mapped[Name40 | None]
    ended_at: Mapped[Instant | None] = mapped_column(index=True)  # from here its retention counts (RETAIN-12)
    reissue_owed: Mapped[bool] = mapped_column(default=False)  # it ended in use before new records were made

    __table_args__ = (
        Index("mdoc_reissue_owed", "valid_until", postgresql_where=text("reissue_owed")),
        Index("mdoc_in_force", "mdoc_id", postgresql_where=text("mdoc_status IN ('issued', 'active', 'suspended')")),
    )


class IssuedRecord(Base):
    """One of the N records of a set: its place in a status list and the device key it is bound to (D9)."""

    __tablename__ = "issued_record"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    mdoc_id: Mapped[UUID] = mapped_column(ForeignKey(RecordSet.mdoc_id), index=True)
    position: Mapped[int]
    status_list_id: Mapped[UUID]
    status_idx: Mapped[int]
    device_key_thumbprint: Mapped[bytes] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("status_list_id", "status_idx"),)


class HolderCredential(Base):
    """The credential of a holder (資格情報, items 1 to 17): one row per set of records."""

    __tablename__ = "holder_credential"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID | None]
    credential_id: Mapped[UUID] = mapped_column(ForeignKey(RecordSet.mdoc_id), unique=True)
    credential_status: Mapped[Name16]
    name: Mapped[Heavy]  # sealed
    birth_date: Mapped[Heavy]  # sealed
    address: Mapped[Heavy]  # sealed
    sex: Mapped[Heavy]  # sealed
    municipality_code: Mapped[str] = mapped_column(String(6))
    individual_number: Mapped[Heavy]  # sealed
    issuer_name: Mapped[str] = mapped_column(String(128))
    issued_at: Mapped[Instant]
    valid_until: Mapped[Instant]
    last_verified_at: Mapped[Instant | None]
    face_photo_card: Mapped[Heavy | None]  # sealed
    registered_at: Mapped[Instant]
    updated_at: Mapped[Instant]


class HolderCredentialHistory(Base):
    """One step in the life of a credential (資格情報履歴, items 1 to 15): append-only (MDOC-27)."""

    __tablename__ = "holder_credential_history"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    credential_id: Mapped[UUID] = mapped_column(index=True)
    credential_status: Mapped[Name16]
    name: Mapped[Heavy]  # sealed, as all below that are sealed in the credential
    birth_date: Mapped[Heavy]
    address: Mapped[Heavy]
    sex: Mapped[Heavy]
    municipality_code: Mapped[str] = mapped_column(String(6))
    individual_number: Mapped[Heavy]
    issuer_name: Mapped[str] = mapped_column(String(128))
    issued_at: Mapped[Instant]
    valid_until: Mapped[Instant]
    last_verified_at: Mapped[Instant | None]
    face_photo_card: Mapped[Heavy | None]
    registered_at: Mapped[Instant]
    reason: Mapped[Name40 | None]  # added: why the step was taken

    __table_args__ = {"info": APPEND_ONLY}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


class LapseRecord(Base):
    """
    A set lost effect, by one cause (Act article 18-2 paragraph 9). One row per cause when several fall together.

    Kept ten years in a table of its own, with neither number nor photo (Order 39-19).
    """

    __tablename__ = "lapse_record"

    lapse_id: Mapped[UUID] = mapped_column(primary_key=True)
    mdoc_id: Mapped[UUID] = mapped_column(index=True)
    application_id: Mapped[UUID]
    signing_certificate_serial_number: Mapped[Name64]
    cause: Mapped[Name16]
    decisive: Mapped[bool]  # the cause that decides about automatic re-issue
    trigger: Mapped[Name40 | None]  # the reason as JPKI or the holder gave it
    effective_at: Mapped[Instant]
    registered_at: Mapped[Instant]
    erase_after: Mapped[Instant] = mapped_column(index=True)  # ten years (Order 39-19)

    __table_args__ = {"info": APPEND_ONLY}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


class HolderNotice(Base):
    """A notice of the holder under paragraph 8: kept ten years, with neither number nor items (Order 39-19)."""

    __tablename__ = "paragraph_8_notice"

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    mdoc_id: Mapped[UUID] = mapped_column(index=True)
    application_id: Mapped[UUID]
    signing_certificate_serial_number: Mapped[Name64]
    ground: Mapped[Name40]
    received_at: Mapped[Instant]
    erase_after: Mapped[Instant] = mapped_column(index=True)

    __table_args__ = {"info": APPEND_ONLY}  # noqa: RUF012 - SQLAlchemy reads a plain dictionary


class CompromisedSigner(Base):
    """
    The public notice that a signing key of the issuer was leaked, lost or damaged (Order 39-11(2) and (3)).

    `completed_at`: when every record under that key had lapsed; `sets_lapsed` counts them on the way.
    """

    __tablename__ = "compromised_signer"

    signer: Mapped[Name64] = mapped_column(primary_key=True)  # serial number of its certificate, lower-case hex
    cause: Mapped[Name40]
    published_at: Mapped[Instant]
    sets_lapsed: Mapped[int] = mapped_column(default=0)
    completed_at: Mapped[Instant | None]


class Notice(Base):
    """
    Something the phone must learn: a lapse (paragraph 10), a suspension, its end.

    Open until the phone confirms; a lapse is sent again until then. It names the set and the cause and no person.
    """

    __tablename__ = "notice"

    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey("mdoc_application.application_id"), index=True)
    mdoc_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[Name16]  # lapsed | suspended | released
    cause: Mapped[Name16 | None]
    caused_by: Mapped[UUID | None]  # the application that is complete once the phone confirms
    at: Mapped[Instant]
    due_at: Mapped[Instant | None] = mapped_column(index=True)  # next sending; none when confirmed or not repeated
    times_sent: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[Instant | None]


class Reconciliation(Base):
    """One day's comparison of the sets in force with JPKI, and how far it has come (`done_to`, in order of ids)."""

    __tablename__ = "reconciliation"

    day: Mapped[date] = mapped_column(primary_key=True)
    started_at: Mapped[Instant]
    done_to: Mapped[UUID | None]
    compared: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[Instant | None]


class Repair(Base):
    """What a comparison mended: the kind of the event that was missing, or a serial that JPKI does not know."""

    __tablename__ = "reconciliation_repair"

    repair_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(ForeignKey(Reconciliation.day), index=True)
    mdoc_id: Mapped[UUID]
    what: Mapped[Name24]
    at: Mapped[Instant]


class JpkiEventRecord(Base):
    """An event of JPKI, once (MDOC-35): a doubled event gets the same answer and changes nothing."""

    __tablename__ = "jpki_event"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    signing_certificate_serial_number: Mapped[Name64] = mapped_column(index=True)
    kind: Mapped[Name24]
    cause: Mapped[Name40]
    known_serial: Mapped[bool]
    occurred_at: Mapped[Instant]
    registered_at: Mapped[Instant]
