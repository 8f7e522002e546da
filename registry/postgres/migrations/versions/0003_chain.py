"""The chain of every trail, its checkpoints, and the order in which entries were written."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TRAILS = ("provision_record", "communication_record", "erasure_record")


def upgrade() -> None:
    """Create the tables; entries that are there already are chained first, as the migration's own."""
    for trail in TRAILS:
        default = sa.text("(pg_current_xact_id()::text::bigint)")
        op.add_column(trail, sa.Column("written", sa.BigInteger(), server_default=default, nullable=False))
        op.create_index(f"{trail}_written", trail, ["written", "id"])
    op.add_column("erasure_record", sa.Column("checkpoint", sa.BigInteger(), nullable=True))
    op.create_table(
        "chain_link",
        sa.Column("trail", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("trail", "sequence"),
        info={"append_only": True},
    )
    op.create_table(
        "trail_checkpoint",
        sa.Column("trail", sa.String(length=32), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("newest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("trail", "sequence"),
        info={"append_only": True},
    )
