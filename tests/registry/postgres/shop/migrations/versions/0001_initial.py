"""The tables of the example store."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    for metadata in op.get_context().opts["target_metadata"]:
        metadata.create_all(op.get_bind())
