"""Re-issue of records that were used up (Order 39-11(1) 1), planned beside the day's renewals."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the cause for which a set is issued anew before its end."""
    op.add_column("renewal", sa.Column("cause", sa.String(length=16), nullable=True))
