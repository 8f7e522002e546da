"""An intent that is committed may be signed: the state between the two said nothing that anybody asked for."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Take back the step; intents move on once in the page where they were written."""
    op.execute("UPDATE issuance_intent SET state = 'intended' WHERE state = 'signing'")
    op.execute("ALTER TABLE issuance_intent SET (fillfactor = 45)")
