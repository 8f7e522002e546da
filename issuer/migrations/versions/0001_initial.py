"""The mdoc files: applications, records, status lists, issuances."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables as they stood first."""
    op.create_table(
        "daily_run",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "holder_credential_history",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("credential_status", sa.String(length=16), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("birth_date", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("sex", sa.LargeBinary(), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("individual_number", sa.LargeBinary(), nullable=False),
        sa.Column("issuer_name", sa.String(length=128), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("face_photo_card", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("record_id"),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_holder_credential_history_credential_id"), "holder_credential_history", ["credential_id"], unique=False
    )
    op.create_table(
        "issuance",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id"),
        sa.UniqueConstraint("set_id"),
    )
    op.create_index(op.f("ix_issuance_application_id"), "issuance", ["application_id"], unique=False)
    op.create_index(op.f("ix_issuance_lease_until"), "issuance", ["lease_until"], unique=False)
    op.create_table(
        "jpki_event",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("signing_certificate_serial_number", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("known_serial", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index(
        op.f("ix_jpki_event_signing_certificate_serial_number"),
        "jpki_event",
        ["signing_certificate_serial_number"],
        unique=False,
    )
    op.create_table(
        "lapse_record",
        sa.Column("lapse_id", sa.Uuid(), nullable=False),
        sa.Column("mdoc_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("signing_certificate_serial_number", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("decisive", sa.Boolean(), nullable=False),
        sa.Column("trigger", sa.String(length=40), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lapse_id"),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_lapse_record_erase_after"), "lapse_record", ["erase_after"], unique=False)
    op.create_index(op.f("ix_lapse_record_mdoc_id"), "lapse_record", ["mdoc_id"], unique=False)
    op.create_table(
        "mdoc_application",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("application_type", sa.String(length=16), nullable=False),
        sa.Column("application_status", sa.String(length=24), nullable=False),
        sa.Column("application_detail_status", sa.String(length=40), nullable=True),
        sa.Column("mdoc_application_detail_status", sa.String(length=40), nullable=True),
        sa.Column("jpki_application_detail_status", sa.String(length=40), nullable=True),
        sa.Column("application_received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder_id", sa.String(length=40), nullable=True),
        sa.Column("issued_credential_id", sa.Uuid(), nullable=True),
        sa.Column("issuance_bundle_id", sa.Uuid(), nullable=True),
        sa.Column("app_install_id", sa.String(length=64), nullable=True),
        sa.Column("os_identifier", sa.String(length=16), nullable=True),
        sa.Column("instance_sharing_id", sa.String(length=64), nullable=True),
        sa.Column("card_issue_number", sa.String(length=40), nullable=True),
        sa.Column("card_valid_until", sa.Date(), nullable=True),
        sa.Column("municipality_code", sa.String(length=6), nullable=True),
        sa.Column("four_info", sa.LargeBinary(), nullable=True),
        sa.Column("individual_number", sa.LargeBinary(), nullable=True),
        sa.Column("face_photo_card", sa.LargeBinary(), nullable=True),
        sa.Column("face_photo_captured", sa.LargeBinary(), nullable=True),
        sa.Column("mdoc_display_message", sa.String(length=512), nullable=True),
        sa.Column("individual_number_four_info_signature", sa.LargeBinary(), nullable=True),
        sa.Column("signature_verification_certificate", sa.LargeBinary(), nullable=True),
        sa.Column("card_face_signature_data", sa.LargeBinary(), nullable=True),
        sa.Column("card_face_public_key_certificate_k", sa.LargeBinary(), nullable=True),
        sa.Column("processing_target", sa.String(length=16), nullable=True),
        sa.Column("jpki_display_message", sa.String(length=512), nullable=True),
        sa.Column("digital_signature", sa.LargeBinary(), nullable=True),
        sa.Column("algorithm_id", sa.String(length=64), nullable=True),
        sa.Column("electronic_certificate", sa.LargeBinary(), nullable=True),
        sa.Column("electronic_certificate_type", sa.String(length=16), nullable=True),
        sa.Column("signing_certificate_serial_number", sa.String(length=64), nullable=True),
        sa.Column("card_id", sa.String(length=64), nullable=True),
        sa.Column("next_step_token", sa.String(length=64), nullable=True),
        sa.Column("next_step_token_valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("otp_request_id", sa.String(length=64), nullable=True),
        sa.Column("event_notification_received_flag", sa.Boolean(), nullable=False),
        sa.Column("event_notification_received_status", sa.String(length=16), nullable=True),
        sa.Column("issuance_bundle_fetch_received_flag", sa.Boolean(), nullable=False),
        sa.Column("bundle_update_sent_flag", sa.Boolean(), nullable=False),
        sa.Column("wait_command_sent_flag", sa.Boolean(), nullable=False),
        sa.Column("wait_command_sent_flag_2", sa.Boolean(), nullable=False),
        sa.Column("release_trigger_application_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.String(length=64), nullable=True),
        sa.Column("issuance_binding_task_id", sa.String(length=64), nullable=True),
        sa.Column("issuance_binding_status", sa.String(length=16), nullable=True),
        sa.Column("wait_command_task_id", sa.String(length=64), nullable=True),
        sa.Column("confirm_command_task_id", sa.String(length=64), nullable=True),
        sa.Column("apdu_response", sa.LargeBinary(), nullable=True),
        sa.Column("secure_area_control_public_key_certificate", sa.LargeBinary(), nullable=True),
        sa.Column("supplementary_secure_area_key_id", sa.String(length=64), nullable=True),
        sa.Column("supplementary_secure_area_key", sa.LargeBinary(), nullable=True),
        sa.Column("supplementary_secure_area_certificate", sa.LargeBinary(), nullable=True),
        sa.Column("service_provider_secure_area_certificate_serial_number", sa.String(length=64), nullable=True),
        sa.Column("applet_version", sa.String(length=16), nullable=True),
        sa.Column("platform_version", sa.String(length=16), nullable=True),
        sa.Column("encrypted_data", sa.LargeBinary(), nullable=True),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.Column("device_token", sa.String(length=256), nullable=True),
        sa.Column("request_reason_code", sa.String(length=40), nullable=True),
        sa.Column("commitment_s2", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_digest", sa.LargeBinary(), nullable=True),
        sa.Column("binding_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("application_id"),
        sa.UniqueConstraint("message_digest"),
    )
    op.create_index(
        op.f("ix_mdoc_application_application_received_at"),
        "mdoc_application",
        ["application_received_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_mdoc_application_application_status"), "mdoc_application", ["application_status"], unique=False
    )
    op.create_index(
        op.f("ix_mdoc_application_card_issue_number"), "mdoc_application", ["card_issue_number"], unique=False
    )
    op.create_index(op.f("ix_mdoc_application_erase_after"), "mdoc_application", ["erase_after"], unique=False)
    op.create_index(
        op.f("ix_mdoc_application_signing_certificate_serial_number"),
        "mdoc_application",
        ["signing_certificate_serial_number"],
        unique=False,
    )
    op.create_index("mdoc_application_due", "mdoc_application", ["due_at"], unique=False)
    op.create_table(
        "status_list",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("uri", sa.String(length=256), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("list_id"),
        sa.UniqueConstraint("uri"),
    )
    op.create_table(
        "used_nonce",
        sa.Column("nonce_digest", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce_digest"),
    )
    op.create_table(
        "device_key",
        sa.Column("thumbprint", sa.LargeBinary(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("public_point", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["mdoc_application.application_id"],
        ),
        sa.PrimaryKeyConstraint("thumbprint"),
    )
    op.create_index(op.f("ix_device_key_application_id"), "device_key", ["application_id"], unique=False)
    op.create_table(
        "issuance_intent",
        sa.Column("intent_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("doc_type", sa.String(length=64), nullable=False),
        sa.Column("device_key_thumbprint", sa.LargeBinary(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("uri", sa.String(length=256), nullable=False),
        sa.Column("signer", sa.String(length=64), nullable=False),
        sa.Column("to_be_signed", sa.LargeBinary(), nullable=False),
        sa.Column("prepared", sa.LargeBinary(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subject_id"],
            ["issuance.subject_id"],
        ),
        sa.PrimaryKeyConstraint("intent_id"),
        sa.UniqueConstraint("list_id", "idx"),
        sa.UniqueConstraint("subject_id", "attempt", "position"),
    )
    op.create_index(op.f("ix_issuance_intent_set_id"), "issuance_intent", ["set_id"], unique=False)
    op.create_index(op.f("ix_issuance_intent_subject_id"), "issuance_intent", ["subject_id"], unique=False)
    op.create_table(
        "mdoc_management",
        sa.Column("mdoc_id", sa.Uuid(), nullable=False),
        sa.Column("mdoc_status", sa.String(length=16), nullable=False),
        sa.Column("card_issue_number", sa.String(length=40), nullable=False),
        sa.Column("card_valid_until", sa.Date(), nullable=False),
        sa.Column("four_info", sa.LargeBinary(), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("individual_number", sa.LargeBinary(), nullable=False),
        sa.Column("face_photo_card", sa.LargeBinary(), nullable=True),
        sa.Column("birth_date", sa.LargeBinary(), nullable=False),
        sa.Column("birth_date_search", sa.String(length=8), nullable=True),
        sa.Column("mdoc_last_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_flag", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("signing_certificate_serial_number", sa.String(length=64), nullable=False),
        sa.Column("doc_type", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaces", sa.Uuid(), nullable=True),
        sa.Column("certificate_on_hold", sa.Boolean(), nullable=False),
        sa.Column("suspended_by", sa.Uuid(), nullable=True),
        sa.Column("status_reason", sa.String(length=40), nullable=True),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["mdoc_application.application_id"],
        ),
        sa.PrimaryKeyConstraint("mdoc_id"),
    )
    op.create_index(op.f("ix_mdoc_management_application_id"), "mdoc_management", ["application_id"], unique=False)
    op.create_index(
        op.f("ix_mdoc_management_card_issue_number"), "mdoc_management", ["card_issue_number"], unique=False
    )
    op.create_index(op.f("ix_mdoc_management_erase_after"), "mdoc_management", ["erase_after"], unique=False)
    op.create_index(op.f("ix_mdoc_management_mdoc_status"), "mdoc_management", ["mdoc_status"], unique=False)
    op.create_index(op.f("ix_mdoc_management_replaces"), "mdoc_management", ["replaces"], unique=False)
    op.create_index(
        op.f("ix_mdoc_management_signing_certificate_serial_number"),
        "mdoc_management",
        ["signing_certificate_serial_number"],
        unique=False,
    )
    op.create_index(op.f("ix_mdoc_management_valid_until"), "mdoc_management", ["valid_until"], unique=False)
    op.create_table(
        "notice",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("mdoc_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=True),
        sa.Column("caused_by", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times_sent", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["mdoc_application.application_id"],
        ),
        sa.PrimaryKeyConstraint("notice_id"),
    )
    op.create_index(op.f("ix_notice_application_id"), "notice", ["application_id"], unique=False)
    op.create_index(op.f("ix_notice_due_at"), "notice", ["due_at"], unique=False)
    op.create_index(op.f("ix_notice_mdoc_id"), "notice", ["mdoc_id"], unique=False)
    op.create_table(
        "phone_message",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("jti", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["mdoc_application.application_id"],
        ),
        sa.PrimaryKeyConstraint("application_id", "jti"),
    )
    op.create_table(
        "renewal",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("new_set_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["day"],
            ["daily_run.day"],
        ),
        sa.PrimaryKeyConstraint("day", "set_id"),
    )
    op.create_index("renewal_due", "renewal", ["due_at"], unique=False, postgresql_where=sa.text("state = 'planned'"))
    op.create_table(
        "status_entry",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("idx", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("decoy", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["status_list.list_id"],
        ),
        sa.PrimaryKeyConstraint("list_id", "idx"),
    )
    op.create_index(
        "status_entry_set", "status_entry", ["list_id"], unique=False, postgresql_where=sa.text("value <> 0")
    )
    op.create_table(
        "status_token",
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("ttl", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["status_list.list_id"],
        ),
        sa.PrimaryKeyConstraint("list_id"),
    )
    op.create_index(op.f("ix_status_token_expires_at"), "status_token", ["expires_at"], unique=False)
    op.create_table(
        "holder_credential",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("credential_status", sa.String(length=16), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("birth_date", sa.LargeBinary(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("sex", sa.LargeBinary(), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("individual_number", sa.LargeBinary(), nullable=False),
        sa.Column("issuer_name", sa.String(length=128), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("face_photo_card", sa.LargeBinary(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["mdoc_management.mdoc_id"],
        ),
        sa.PrimaryKeyConstraint("record_id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_table(
        "issued_record",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("mdoc_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status_list_id", sa.Uuid(), nullable=False),
        sa.Column("status_idx", sa.Integer(), nullable=False),
        sa.Column("device_key_thumbprint", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mdoc_id"],
            ["mdoc_management.mdoc_id"],
        ),
        sa.PrimaryKeyConstraint("record_id"),
        sa.UniqueConstraint("status_list_id", "status_idx"),
    )
    op.create_index(
        op.f("ix_issued_record_device_key_thumbprint"), "issued_record", ["device_key_thumbprint"], unique=False
    )
    op.create_index(op.f("ix_issued_record_mdoc_id"), "issued_record", ["mdoc_id"], unique=False)
