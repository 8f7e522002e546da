"""Status lists by the root of the IACA under which they are signed (ISO/IEC 18013-5 second edition, 12.3.6)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the root; what was opened before is signed under the first one."""
    op.add_column("status_list", sa.Column("root", sa.String(40), nullable=True))
