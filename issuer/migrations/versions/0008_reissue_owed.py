"""Sets that ended by the calendar before new ones were made: those are still owed (Act 18-2 paragraph 11)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the mark; nothing that ended before is owed anything."""
    op.add_column("mdoc_management", sa.Column("reissue_owed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("mdoc_reissue_owed", "mdoc_management", ["valid_until"], postgresql_where=sa.text("reissue_owed"))
