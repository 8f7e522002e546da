"""The pages of the documentation that are made from data: `python -m tests.pages` writes them, a test compares them."""

from pathlib import Path

from registry.access.matrix import load_matrix
from registry.problems import problems
from tests.certificates_page import certificates_page

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


PAGES = {"problems.md": problems_page, "access-matrix.md": matrix_page, "certificates.md": certificates_page}

if __name__ == "__main__":
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")
