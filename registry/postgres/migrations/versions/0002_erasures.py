"""The history of erasures, in every store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "erasure_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("ground", sa.String(length=120), nullable=False),
        sa.Column("tables", postgresql.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("erased", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_erasure_record_at"), "erasure_record", ["at"])
    op.create_index(op.f("ix_erasure_record_rule"), "erasure_record", ["rule"])
