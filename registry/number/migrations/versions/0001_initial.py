"""The number file."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables as they stood first."""
    op.create_table(
        "generated_number",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("body_index", sa.LargeBinary(), nullable=False),
        sa.Column("individual_number", sa.LargeBinary(), nullable=False),
        sa.Column("generated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("body_index"),
    )
    op.create_table(
        "number_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number_id", sa.Uuid(), nullable=False),
        sa.Column("record_code_index", sa.LargeBinary(), nullable=False),
        sa.Column("resident_record_code", sa.LargeBinary(), nullable=False),
        sa.Column("current_or_history", sa.String(length=8), nullable=False),
        sa.Column("paid_out_date", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("former_pair_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["former_pair_id"],
            ["number_pair.id"],
        ),
        sa.ForeignKeyConstraint(
            ["number_id"],
            ["generated_number.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_index(
        "one_current_code",
        "number_pair",
        ["number_id"],
        unique=True,
        postgresql_where=sa.text("current_or_history = 'current'"),
    )
    op.create_index(
        "one_current_pair",
        "number_pair",
        ["record_code_index"],
        unique=True,
        postgresql_where=sa.text("current_or_history = 'current'"),
    )
    op.create_index("pairs_of_a_code", "number_pair", ["record_code_index"], unique=False)
