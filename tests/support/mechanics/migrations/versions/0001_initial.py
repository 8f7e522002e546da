"""No tables of its own."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create nothing."""
