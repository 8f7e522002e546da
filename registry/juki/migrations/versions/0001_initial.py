"""The juki file."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables as they stood first."""
    op.create_table(
        "identity_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("update_digest", sa.LargeBinary(), nullable=False),
        sa.Column("record_code_index", sa.LargeBinary(), nullable=False),
        sa.Column("former_record_code_index", sa.LargeBinary(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(), nullable=True),
        sa.Column("name_search", sa.String(length=256), nullable=False),
        sa.Column("address_search", sa.String(length=512), nullable=False),
        sa.Column("resident_record_code", sa.LargeBinary(), nullable=False),
        sa.Column("name_kanji", sa.String(length=256), nullable=False),
        sa.Column("name_gaiji_count", sa.Integer(), nullable=False),
        sa.Column("name_kana", sa.String(length=256), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.Column("address_gaiji_count", sa.Integer(), nullable=False),
        sa.Column("individual_number", sa.LargeBinary(), nullable=True),
        sa.Column("change_reason", sa.String(length=32), nullable=False),
        sa.Column("change_date", sa.Date(), nullable=False),
        sa.Column("retention_flag", sa.String(length=1), nullable=False),
        sa.Column("name_kana_unvoiced", sa.String(length=256), nullable=False),
        sa.Column("address_municipality_code", sa.String(length=6), nullable=False),
        sa.Column("address_town_code", sa.String(length=12), nullable=True),
        sa.Column("operator_id", sa.String(length=40), nullable=True),
        sa.Column("terminal_id", sa.String(length=40), nullable=True),
        sa.Column("record_timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notification_received_date", sa.Date(), nullable=False),
        sa.Column("gaiji_flag", sa.Boolean(), nullable=False),
        sa.Column("deleted_flag", sa.Boolean(), nullable=False),
        sa.Column("update_sequence_number", sa.BigInteger(), nullable=False),
        sa.Column("name_gaiji_change_seq", sa.Integer(), nullable=False),
        sa.Column("address_gaiji_change_seq", sa.Integer(), nullable=False),
        sa.Column("former_surname_kanji", sa.String(length=256), nullable=True),
        sa.Column("former_surname_gaiji_count", sa.Integer(), nullable=True),
        sa.Column("former_surname_kana", sa.String(length=256), nullable=True),
        sa.Column("former_surname_gaiji_change_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("update_id"),
    )
    op.create_index(
        "by_four_items",
        "identity_record",
        ["birth_date", "name_search"],
        unique=False,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        "one_latest_version",
        "identity_record",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        "one_person_per_code",
        "identity_record",
        ["record_code_index"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        "one_person_per_number",
        "identity_record",
        ["number_index"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index("versions_of_a_code", "identity_record", ["record_code_index"], unique=False)
    op.create_index("versions_of_a_person", "identity_record", ["person_id", "recorded_at"], unique=False)
    op.create_index("versions_with_a_number", "identity_record", ["number_index"], unique=False)
    op.create_table(
        "relayed_number",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.String(length=40), nullable=False),
        sa.Column("record_code_index", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_index(op.f("ix_relayed_number_record_code_index"), "relayed_number", ["record_code_index"], unique=False)
