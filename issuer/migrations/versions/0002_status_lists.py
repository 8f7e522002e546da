"""Status lists of several docTypes, their journal, identifier lists, and tokens as JWT."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give every list its docType and mechanism, every entry the version of its last change."""
    mnc = sa.text("'org.iso.23220.1.jp.mnc'")  # until now there was no other docType
    op.add_column("status_list", sa.Column("doc_type", sa.String(length=64), nullable=False, server_default=mnc))
    mechanism = sa.Column("mechanism", sa.String(length=16), nullable=False, server_default=sa.text("'status_list'"))
    op.add_column("status_list", mechanism)
    op.add_column("status_list", sa.Column("identifier_list_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(None, "status_list", ["identifier_list_id"])
    op.create_foreign_key(None, "status_list", "status_list", ["identifier_list_id"], ["list_id"])
    op.add_column("status_entry", sa.Column("changed", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE status_entry SET changed = 1 WHERE value <> 0")
    for table, column in (("status_list", "doc_type"), ("status_list", "mechanism"), ("status_entry", "changed")):
        op.alter_column(table, column, server_default=None)
    op.drop_index("status_entry_set", table_name="status_entry")
    op.create_index(
        "status_entry_changed", "status_entry", ["list_id", "changed"], postgresql_where=sa.text("changed > 0")
    )
    op.add_column("status_token", sa.Column("jwt", sa.Text(), nullable=True))
    # A token without its JWT is published again at once.
    op.execute("UPDATE status_list SET version = version + 1")
    _identifiers()


def _identifiers() -> None:
    op.create_table(
        "identifier_entry",
        sa.Column("identifier", sa.LargeBinary(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("status_list_id", sa.Uuid(), nullable=True),
        sa.Column("idx", sa.Integer(), nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["list_id"], ["status_list.list_id"]),
        sa.ForeignKeyConstraint(["status_list_id", "idx"], ["status_entry.list_id", "status_entry.idx"]),
        sa.PrimaryKeyConstraint("identifier"),
        sa.UniqueConstraint("status_list_id", "idx"),
    )
    op.create_index(op.f("ix_identifier_entry_list_id"), "identifier_entry", ["list_id"])
    op.create_index("identifier_entry_revoked", "identifier_entry", ["list_id"], postgresql_where=sa.text("revoked"))
