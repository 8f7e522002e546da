"""The temporary area."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the table, outside of the write-ahead log and so of every backup made from it."""
    op.create_table(
        "temporary_number",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("affair", sa.String(length=40), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("state_id", sa.Uuid(), nullable=False),
        sa.Column("individual_number", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        prefixes=["UNLOGGED"],
    )
    op.create_index("copy_of_request", "temporary_number", ["recipient", "request_id"], unique=False)
    op.create_index(op.f("ix_temporary_number_erase_after"), "temporary_number", ["erase_after"], unique=False)
