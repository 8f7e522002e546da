"""Intents hold the bytes to be signed and no elements: what a dead worker began is given up and never finished."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Drop the sealed elements of intents."""
    op.drop_column("issuance_intent", "prepared")
