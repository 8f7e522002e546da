"""The authorities themselves: serial numbers intended, certificates signed, certificates revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the register of certificates."""
    _intents()
    _issued()
    op.create_table(
        "revoked_certificate",
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority", "serial"],
            ["issued_certificate.authority", "issued_certificate.serial"],
            name="was_issued",
        ),
        sa.PrimaryKeyConstraint("authority", "serial"),
        info={"append_only": True},
    )


def _intents() -> None:
    op.create_table(
        "certificate_intent",
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("authority", "serial"),
        info={"append_only": True},
    )


def _issued() -> None:
    op.create_table(
        "issued_certificate",
        sa.Column("authority", sa.String(length=64), nullable=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("doc_type", sa.String(length=64), nullable=True),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authority", "serial"],
            ["certificate_intent.authority", "certificate_intent.serial"],
            name="was_intended",
        ),
        sa.PrimaryKeyConstraint("authority", "serial"),
        info={"append_only": True},
    )
    op.create_index(op.f("ix_issued_certificate_profile"), "issued_certificate", ["profile"], unique=False)
    op.create_index(op.f("ix_issued_certificate_key_digest"), "issued_certificate", ["key_digest"], unique=False)
    op.create_index(op.f("ix_issued_certificate_not_after"), "issued_certificate", ["not_after"], unique=False)
