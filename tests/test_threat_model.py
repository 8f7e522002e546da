"""docs/threat-model.md names real tests, and no threat without one."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
HEAD = 2
"""Lines of a table before its threats."""


def found_in(path: str) -> set[str]:
    """Return the names of the tests of a file; none for a file that is not there."""
    file = ROOT / path
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module([], [])
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def threats() -> list[str]:
    """Return the rows of all tables."""
    tables = re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE)
    return [row for table in tables for row in table.splitlines()[HEAD:]]


def test_every_named_test_exists() -> None:
    """A test that was renamed or removed takes its threat's protection with it."""
    named = NAMED.findall(PAGE)
    assert len(named) > 40
    assert [f"{path}::{name}" for path, name in named if name not in found_in(path)] == []


def test_every_threat_has_a_test() -> None:
    """Each row of each table names at least one."""
    assert len(threats()) > 30
    assert [row for row in threats() if not NAMED.search(row)] == []
