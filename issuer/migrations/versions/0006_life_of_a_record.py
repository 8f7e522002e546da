"""Notices of paragraph 8, compromised signers, comparisons with JPKI, and from when retention counts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables, and take the end of ended sets from their last change."""
    op.create_table(
        "paragraph_8_notice",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("mdoc_id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("signing_certificate_serial_number", sa.String(length=64), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erase_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("notice_id"),
    )
    op.create_index(op.f("ix_paragraph_8_notice_mdoc_id"), "paragraph_8_notice", ["mdoc_id"])
    op.create_index(op.f("ix_paragraph_8_notice_erase_after"), "paragraph_8_notice", ["erase_after"])
    op.create_table(
        "compromised_signer",
        sa.Column("signer", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sets_lapsed", sa.Integer(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("signer"),
    )
    op.create_index("issuance_intent_signer", "issuance_intent", ["signer", "set_id"])
    op.create_table(
        "reconciliation",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_to", sa.Uuid(), nullable=True),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("day"),
    )
    op.create_table(
        "reconciliation_repair",
        sa.Column("repair_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("mdoc_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["day"], ["reconciliation.day"]),
        sa.PrimaryKeyConstraint("repair_id"),
    )
    op.create_index(op.f("ix_reconciliation_repair_day"), "reconciliation_repair", ["day"])
    op.add_column("mdoc_management", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    in_force = "mdoc_status IN ('issued', 'active', 'suspended')"
    op.execute(f"UPDATE mdoc_management SET ended_at = updated_at WHERE NOT {in_force}")  # noqa: S608 - no input
    op.create_index(op.f("ix_mdoc_management_ended_at"), "mdoc_management", ["ended_at"])
    op.create_index("mdoc_in_force", "mdoc_management", ["mdoc_id"], postgresql_where=sa.text(in_force))
    op.drop_column("mdoc_management", "erase_after")
