"""The codec knows three libraries, and each dangerous one through one door."""

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "mdoc"
ALLOWED = {"cbor2", "cryptography", "mdoc", "pycose"}
NO_INPUT_NO_CHANCE = {"asyncio", "logging", "os", "pathlib", "random", "secrets", "socket", "ssl", "time", "uuid"}


def imports(path: Path) -> set[str]:
    """The top names of everything that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_codec_knows_three_libraries() -> None:
    """Nothing but cbor2, pycose, cryptography and harmless parts of the standard library is imported."""
    for path in PACKAGE.rglob("*.py"):
        assert imports(path) - sys.stdlib_module_names <= ALLOWED, path
        assert not imports(path) & NO_INPUT_NO_CHANCE, path


def test_cbor_and_cose_have_one_door_each() -> None:
    """cbor2 is imported by mdoc.cbor alone, pycose by mdoc.cose alone."""
    for library, door in (("cbor2", "cbor.py"), ("pycose", "cose.py")):
        assert [path.name for path in PACKAGE.rglob("*.py") if library in imports(path)] == [door]
