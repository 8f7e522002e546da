"""Device keys that replace used ones, and the phone's message that brought them (Order 39-11(1) 1)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the changes of keys; every key there is belongs to its application itself."""
    op.create_table(
        "key_change",
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["mdoc_application.application_id"]),
        sa.PrimaryKeyConstraint("application_id", "generation"),
    )
    for table, column in (("mdoc_application", "key_generation"), ("device_key", "generation")):
        op.add_column(table, sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
