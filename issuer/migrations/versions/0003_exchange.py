"""The steps of the exchange with the phone, and every key of a phone unique over all holders (MDOC-23, MDOC-31)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what the exchange keeps; a message is found by its own item, and the bundle's ciphertext by the outbox."""
    with op.batch_alter_table("mdoc_application") as table:
        table.add_column(sa.Column("certificate_standing", sa.String(length=16), nullable=True))
        table.add_column(sa.Column("exchange_step", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("one_time_password", sa.LargeBinary(), nullable=True))
        table.add_column(sa.Column("one_time_password_valid_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("one_time_passwords_sent", sa.Integer(), nullable=False, server_default="0"))
        table.drop_column("encrypted_data")
    op.execute("UPDATE mdoc_application SET message_id = encode(message_digest, 'hex')")
    op.execute("UPDATE mdoc_application SET certificate_standing = jpki_application_detail_status")
    op.execute("UPDATE mdoc_application SET jpki_application_detail_status = 'not_requested'")
    op.drop_column("mdoc_application", "message_digest")
    op.create_unique_constraint(None, "mdoc_application", ["message_id"])
    op.add_column("device_key", sa.Column("use", sa.String(length=16), nullable=False, server_default="record"))
