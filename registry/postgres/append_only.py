"""Append-only tables: PostgreSQL itself refuses to change what was recorded (AUDIT-1, AUDIT-2).

A table says so with `__table_args__ = ({"info": APPEND_ONLY},)`. The triggers hold for every role, the owner included;
only the sweep role may DELETE, because retention ends, and which rows are due is its own WHERE with its own instant.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import MetaData, Table

APPEND_ONLY = {"append_only": True}

_FUNCTION = """
CREATE OR REPLACE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_user = TG_ARGV[0] THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
"""
_TRIGGERS = (
    """
CREATE OR REPLACE TRIGGER no_change BEFORE UPDATE OR DELETE ON {schema}.{table}
FOR EACH ROW EXECUTE FUNCTION {schema}.refuse_change('{sweep}')
""",
    """
CREATE OR REPLACE TRIGGER no_truncate BEFORE TRUNCATE ON {schema}.{table}
FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change('{sweep}')
""",
    "ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER no_change",
    "ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER no_truncate",
)


def append_only_tables(metadata: Iterable[MetaData]) -> list[Table]:
    """The tables that declare themselves append-only, in the order of their creation."""
    return [table for one in metadata for table in one.sorted_tables if table.info.get("append_only")]


def protection(schema: str, tables: Iterable[Table], sweep: str) -> Iterator[str]:
    """Statements that make the tables append-only; run by the owner, safe to repeat."""
    yield _FUNCTION.format(schema=schema)
    for table in tables:
        for statement in _TRIGGERS:
            yield statement.format(schema=schema, table=table.name, sweep=sweep)
