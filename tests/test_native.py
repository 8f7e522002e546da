"""What `make test-native` adds to the codec's tests: they speak of the compiled form, made of these sources."""

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from mdoc import mint, scan

SOURCES = Path(__file__).parents[1] / "mdoc"

pytestmark = pytest.mark.skipif(
    "TEGATA_NATIVE_TESTED" not in os.environ, reason="speaks of compiled modules: make test-native makes them"
)


def test_the_hot_path_is_compiled() -> None:
    """Minting and reading come from machine code, and so what the other tests of this run say is said of it."""
    assert all(str(module.__file__).endswith(tuple(EXTENSION_SUFFIXES)) for module in (mint, scan))


def test_it_was_compiled_from_these_sources() -> None:
    """Beside every compiled module lies its source, and no file of the codec differs from the one in the repository."""
    built = Path(mint.__file__).parent
    names = {path.relative_to(SOURCES) for path in SOURCES.rglob("*.py")}
    assert names == {path.relative_to(built) for path in built.rglob("*.py")}
    assert [name for name in names if (built / name).read_bytes() != (SOURCES / name).read_bytes()] == []
    assert built != SOURCES
    assert Path(sys.modules["mdoc"].__path__[0]) == built
