"""The fuhyo file."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables as they stood first."""
    op.create_table(
        "fuhyo_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("update_id", sa.Uuid(), nullable=False),
        sa.Column("update_digest", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("four_items_index", sa.LargeBinary(), nullable=False),
        sa.Column("resident_record_code", sa.String(length=11), nullable=False),
        sa.Column("name_kanji", sa.String(length=256), nullable=False),
        sa.Column("name_gaiji_count", sa.SmallInteger(), nullable=False),
        sa.Column("name_kana", sa.String(length=256), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("address_municipality_code", sa.String(length=6), nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.Column("address_gaiji_count", sa.SmallInteger(), nullable=False),
        sa.Column("last_address", sa.String(length=512), nullable=True),
        sa.Column("last_address_gaiji_count", sa.SmallInteger(), nullable=True),
        sa.Column("change_date", sa.Date(), nullable=False),
        sa.Column("previous_resident_record_code", sa.String(length=11), nullable=True),
        sa.Column("fuhyo_managing_municipality_code", sa.String(length=6), nullable=False),
        sa.Column("fuhyo_identity_status_class", sa.String(length=10), nullable=False),
        sa.Column("gaiji_flag", sa.Boolean(), nullable=False),
        sa.Column("gaiji_pattern", sa.LargeBinary(), nullable=True),
        sa.Column("notification_class", sa.String(length=2), nullable=True),
        sa.Column("former_surname_kanji", sa.String(length=256), nullable=True),
        sa.Column("former_surname_gaiji_count", sa.SmallInteger(), nullable=True),
        sa.Column("former_surname_kana", sa.String(length=256), nullable=True),
        sa.Column("former_surname_gaiji_change_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("update_id"),
    )
    op.create_index(
        "current_four_items",
        "fuhyo_record",
        ["four_items_index"],
        unique=False,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_index(
        "one_current_state",
        "fuhyo_record",
        ["resident_record_code"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
