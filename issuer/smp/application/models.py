"""The application record (申請情報): the 63 items of the assessment report, and what this platform adds to them."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from issuer.database import Base, Heavy, Instant, Name16, Name24, Name40, Name64

SEALED = "mdoc_application.{}"
"""Associated data of a sealed column: a ciphertext moved to another column does not open (D13)."""


class Application(Base):
    """
    One message of a holder, or one event that stands for one (MDOC-3, MDOC-34, MDOC-35, MDOC-51).

    Items 1 to 63 of the record, in its order. Bytes whose comment says sealed are ciphertext to every role; the number
    has no index of any kind (MDOC-28). `application_type` is issue, revoke, suspend or release. `docs/data.md` says of
    each item where it lives, and of those that stay empty why.
    """

    __tablename__ = "mdoc_application"

    application_id: Mapped[UUID] = mapped_column(primary_key=True)
    application_type: Mapped[Name16]
    application_status: Mapped[Name24] = mapped_column(index=True)
    application_detail_status: Mapped[Name40 | None]
    mdoc_application_detail_status: Mapped[Name40 | None]
    jpki_application_detail_status: Mapped[Name40 | None]  # the joint smartphone certificate, as status only (MDOC-29)
    application_received_at: Mapped[Instant] = mapped_column(index=True)
    holder_id: Mapped[Name40 | None]  # keyed digest of the signing certificate's serial: the trail's name of the person
    issued_credential_id: Mapped[UUID | None]
    issuance_bundle_id: Mapped[UUID | None]
    app_install_id: Mapped[Name64 | None]
    os_identifier: Mapped[Name16 | None]
    instance_sharing_id: Mapped[Name64 | None]
    card_issue_number: Mapped[Name40 | None] = mapped_column(index=True)
    card_valid_until: Mapped[date | None]
    municipality_code: Mapped[str | None] = mapped_column(String(6))
    four_info: Mapped[Heavy | None]  # sealed
    individual_number: Mapped[Heavy | None]  # sealed
    face_photo_card: Mapped[Heavy | None]  # sealed
    face_photo_captured: Mapped[Heavy | None]  # sealed; only where faces are compared, and never issued (MDOC-9)
    mdoc_display_message: Mapped[str | None] = mapped_column(String(512))
    individual_number_four_info_signature: Mapped[Heavy | None]
    signature_verification_certificate: Mapped[Heavy | None]
    card_face_signature_data: Mapped[Heavy | None]
    card_face_public_key_certificate_k: Mapped[Heavy | None]
    processing_target: Mapped[Name16 | None]
    jpki_display_message: Mapped[str | None] = mapped_column(String(512))
    digital_signature: Mapped[Heavy | None]  # sealed: the whole CMS message, content included (MDOC-10, MDOC-13)
    algorithm_id: Mapped[Name64 | None]
    electronic_certificate: Mapped[Heavy | None]  # sealed: it states the four items
    electronic_certificate_type: Mapped[Name16 | None]
    signing_certificate_serial_number: Mapped[Name64 | None] = mapped_column(index=True)
    card_id: Mapped[Name64 | None]
    next_step_token: Mapped[Name64 | None]  # SHA-256 of the token, in hex
    next_step_token_valid_until: Mapped[Instant | None]
    otp_request_id: Mapped[Name64 | None]
    event_notification_received_flag: Mapped[bool] = mapped_column(default=False)
    event_notification_received_status: Mapped[Name16 | None]
    issuance_bundle_fetch_received_flag: Mapped[bool] = mapped_column(default=False)
    bundle_update_sent_flag: Mapped[bool] = mapped_column(default=False)
    wait_command_sent_flag: Mapped[bool] = mapped_column(default=False)
    # The report names item 42 like item 41; its items 47 and 48 pair waiting and confirming, so it is the second here.
    wait_command_sent_flag_2: Mapped[bool] = mapped_column(default=False)  # the confirm command was sent
    release_trigger_application_id: Mapped[UUID | None]
    conversation_id: Mapped[Name64 | None]
    issuance_binding_task_id: Mapped[Name64 | None]
    issuance_binding_status: Mapped[Name16 | None]
    wait_command_task_id: Mapped[Name64 | None]
    confirm_command_task_id: Mapped[Name64 | None]
    apdu_response: Mapped[bytes | None]
    secure_area_control_public_key_certificate: Mapped[bytes | None]
    supplementary_secure_area_key_id: Mapped[Name64 | None]
    supplementary_secure_area_key: Mapped[bytes | None]
    supplementary_secure_area_certificate: Mapped[bytes | None]
    service_provider_secure_area_certificate_serial_number: Mapped[Name64 | None]
    applet_version: Mapped[Name16 | None]
    platform_version: Mapped[Name16 | None]
    message_id: Mapped[Name64 | None] = mapped_column(unique=True)  # SHA-256 of the message in hex: once (MDOC-3)
    device_token: Mapped[str | None] = mapped_column(String(256))
    request_reason_code: Mapped[Name40 | None]
    commitment_s2: Mapped[bytes | None]
    registered_at: Mapped[Instant]
    updated_at: Mapped[Instant]

    # Added: what the record of the report has no item for.
    certificate_standing: Mapped[Name16 | None]  # revoked or held, as JPKI said after the application came in
    exchange_step: Mapped[int] = mapped_column(default=0)  # each step has a token of its own (MDOC-31)
    one_time_password: Mapped[bytes | None]  # keyed digest; none once it was used
    one_time_password_valid_until: Mapped[Instant | None]
    one_time_passwords_sent: Mapped[int] = mapped_column(default=0)
    binding_key: Mapped[bytes | None]  # 65-byte point: verifies the phone's later messages
    key_generation: Mapped[int] = mapped_column(default=0)  # how often its device keys were replaced
    sealing_key: Mapped[bytes | None]  # 65-byte point: letters to the phone are sealed to it (D12)
    due_at: Mapped[Instant | None]  # when the checks are tried next; none once decided
    attempts: Mapped[int] = mapped_column(default=0)
    erase_after: Mapped[Instant] = mapped_column(index=True)  # fifteen years from receipt (Order 39-19)

    __table_args__ = (Index("mdoc_application_due", "due_at"),)


class UsedNonce(Base):
    """A nonce that an application has used; it serves once (MDOC-13)."""

    __tablename__ = "used_nonce"

    nonce_digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[Instant]


class DeviceKey(Base):
    """
    A key of an accepted application's phone: unique over all holders, uses and times (MDOC-23).

    `thumbprint` is SHA-256 of the 65-byte uncompressed point; `use` is record, binding or sealing. `generation` is 0
    for the keys of the application itself, and counts up with each change of its device keys.
    """

    __tablename__ = "device_key"

    thumbprint: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    application_id: Mapped[UUID] = mapped_column(ForeignKey(Application.application_id), index=True)
    position: Mapped[int]
    use: Mapped[Name16]
    public_point: Mapped[bytes]
    generation: Mapped[int] = mapped_column(default=0)


class KeyChange(Base):
    """The phone's own message that brought fresh device keys: what the next records are made for rests on it."""

    __tablename__ = "key_change"

    application_id: Mapped[UUID] = mapped_column(ForeignKey(Application.application_id), primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True)
    message: Mapped[str]
    at: Mapped[Instant]


class PhoneMessage(Base):
    """The id of a phone's message that changed something: it is not obeyed twice (MDOC-31)."""

    __tablename__ = "phone_message"

    application_id: Mapped[UUID] = mapped_column(ForeignKey(Application.application_id), primary_key=True)
    jti: Mapped[UUID] = mapped_column(primary_key=True)
    action: Mapped[Name24]
    at: Mapped[Instant]
