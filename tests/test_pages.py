"""Generated pages are current, and the table of problems and the code know the same codes."""

import ast

import pytest

from issuer.errors import Code as IssuerCode
from pki.errors import Code as PkiCode
from registry.errors import Code as RegistryCode
from registry.problems import problems
from tests.pages import DOCS, PAGES

ROOT = DOCS.parent


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_its_data_say(name: str) -> None:
    """`python -m tests.pages` was run after the last change."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name]()


def codes_in_code() -> set[str]:
    """Return every code that is written in a call of ServiceError, beside those of the enums."""
    found = set()
    for path in (path for package in ("registry", "pki", "issuer") for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in problems():
                found.add(node.value)
    return found


def test_every_code_has_a_row_and_every_row_a_use() -> None:
    """No service can raise what the table lacks, and the table holds nothing that nobody raises."""
    codes = {str(code) for enum in (RegistryCode, PkiCode, IssuerCode) for code in enum}

    assert codes - set(problems()) == set()
    assert set(problems()) - codes - codes_in_code() == set()


def test_titles_are_in_both_languages() -> None:
    """Japanese first, English second; neither is empty."""
    rows = problems().values()
    assert [row.code for row in rows if row.ja.isascii() or not row.en.isascii() or not row.en] == []
    assert {row.status for row in rows} <= {400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 500, 501, 502, 503}
