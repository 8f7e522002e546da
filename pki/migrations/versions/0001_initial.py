"""The JPKI side: certificates, their life, published lists."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables as they stood first."""
    op.create_table(
        "certificate_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card_issue_number", sa.String(length=40), nullable=False),
        sa.Column("person_index", sa.LargeBinary(), nullable=False),
        sa.Column("resident_record_code", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_certificate_order_card_issue_number"), "certificate_order", ["card_issue_number"], unique=False
    )
    op.create_index(op.f("ix_certificate_order_person_index"), "certificate_order", ["person_index"], unique=False)
    op.create_table(
        "done_request",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "published_list",
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("this_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_update", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "number"),
    )
    op.create_table(
        "user_certificate",
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["certificate_order.id"],
        ),
        sa.PrimaryKeyConstraint("serial"),
        sa.UniqueConstraint("key_digest"),
    )
    op.create_index(
        "certificates_not_good",
        "user_certificate",
        ["kind", "since"],
        unique=False,
        postgresql_where=sa.text("state <> 'good'"),
    )
    op.create_index(
        "certificates_to_expire",
        "user_certificate",
        ["not_after"],
        unique=False,
        postgresql_where=sa.text("state <> 'revoked'"),
    )
    op.create_index(op.f("ix_user_certificate_order_id"), "user_certificate", ["order_id"], unique=False)
    op.create_table(
        "certificate_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("caller", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=40), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["serial"],
            ["user_certificate.serial"],
        ),
        sa.PrimaryKeyConstraint("id"),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_certificate_history_serial"), "certificate_history", ["serial"], unique=False)
