"""The pages of the documentation that are made from data: `python -m tests.pages` writes them, a test compares them."""

from pathlib import Path

from sqlalchemy.dialects import postgresql

from issuer.store import DATABASE
from registry.access.matrix import load_matrix
from registry.outbox.models import OutboxMessage
from registry.problems import problems
from tests.certificates_page import certificates_page
from tests.specification.items import PERSONAL, TABLES, Item, items

_TABLES = DATABASE.metadata[0].tables | OutboxMessage.metadata.tables
_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]
DOCS = Path(__file__).parents[1] / "docs"

PROBLEMS = """# Problems

Every refusal is a problem document (RFC 9457, `application/problem+json`) with `type`
`urn:tegata:problem:<code>`, the title in Japanese and English, the status, the code and a reference that finds the
record of the refusal. Whatever is not in this table answers 500 `internal_error` and says nothing else. A 4xx means:
change the request before sending it again; 503 means: send the same request again later, with the same idempotency key.

Made from `registry/problems.toml`.

| Code | Status | 題名 | Title |
|---|---|---|---|
"""
DATA = """# Record items of the mdoc files

The items of the four files in the report's order, and where each one lives. Sealed items are ciphertext to every role
of the database (D13); no item of a person has an index. A life of records that fills every item but those whose note
says otherwise is `tests/journeys/test_record_items.py`.

Made from `tests/specification/` and the models.
"""
MATRIX = """# Access matrix

Which system may call which operation, with which kind of key, and whether a number may be carried. What is not here
is refused and recorded (LINK-1). An operation is served as `POST /<system>/<verb>` over mutual TLS.

Made from `registry/access/matrix.toml`.

| Edge | Operation | Callers | Keys | Number |
|---|---|---|---|---|
"""


def problems_page() -> str:
    """Return docs/problems.md."""
    rows = sorted(problems().values(), key=lambda row: row.code)
    return PROBLEMS + "".join(f"| `{row.code}` | {row.status} | {row.ja} | {row.en} |\n" for row in rows)


def matrix_page() -> str:
    """Return docs/access-matrix.md."""
    rows = []
    for line in load_matrix().lines:
        callers, keys = ", ".join(sorted(line.callers)), ", ".join(sorted(line.keys))
        rows.append(f"| {line.edge} | `{line.operation}` | {callers} | {keys} | {'yes' if line.number else 'no'} |\n")
    return MATRIX + "".join(rows)


def data_page() -> str:
    """Return docs/data.md."""
    return DATA + "".join(_file_of_items(table) for table in TABLES)


def _file_of_items(table: str) -> str:
    head = f"\n## `{table}`\n\n| No. | Item | 項目 | Column | Form | Note |\n|---|---|---|---|---|---|\n"
    return head + "".join(_item_row(item) for item in items() if item.table == table)


def _item_row(item: Item) -> str:
    table, name = item.column.split(".")
    column = _TABLES[table].columns[name]
    form = "sealed" if item.name in PERSONAL else column.type.compile(dialect=_POSTGRESQL).lower()
    note = item.why or item.condition or (f"Empty. {item.empty}" if item.empty else "")
    return f"| {item.number} | {item.name} | {item.term} | `{item.column}` | {form} | {note} |\n"


PAGES = {
    "data.md": data_page,
    "problems.md": problems_page,
    "access-matrix.md": matrix_page,
    "certificates.md": certificates_page,
}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
