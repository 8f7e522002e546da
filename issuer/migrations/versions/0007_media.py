"""Media of the mdoc file: ledger, work requests, decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables of media."""
    op.create_table(
        "medium",
        sa.Column("medium_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("medium_id"),
        info={"append_only": True},
    )
    op.create_table(
        "medium_ledger",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("operator", sa.String(length=40), nullable=False),
        sa.Column("terminal", sa.String(length=40), nullable=False),
        sa.Column("work_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["medium_id"], ["medium.medium_id"]),
        sa.PrimaryKeyConstraint("entry_id"),
        sa.UniqueConstraint("work_id"),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_medium_ledger_at"), "medium_ledger", ["at"], unique=False)
    op.create_index(op.f("ix_medium_ledger_medium_id"), "medium_ledger", ["medium_id"], unique=False)
    op.create_table(
        "work_request",
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("medium_id", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        *_who(),
        sa.ForeignKeyConstraint(["medium_id"], ["medium.medium_id"]),
        sa.PrimaryKeyConstraint("work_id"),
        info={"append_only": True},
    )
    op.create_table(
        "work_decision",
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        *_who(),
        sa.ForeignKeyConstraint(["work_id"], ["work_request.work_id"]),
        sa.PrimaryKeyConstraint("work_id"),
        info={"append_only": True},
    )


def _who() -> list[sa.Column[object]]:
    return [
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.String(length=40), nullable=False),
        sa.Column("terminal", sa.String(length=40), nullable=False),
    ]
