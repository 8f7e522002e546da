"""The juki file."""

from registry.postgres.migrate import create_declared_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_declared_tables()
