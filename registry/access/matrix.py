"""The access matrix as data: caller, operation, allowed key, and whether a number may be carried (D7, LINK-1)."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Line:
    """One permitted edge; `callers` are systems as their certificates name them."""

    edge: str
    operation: str
    callers: frozenset[str]
    keys: frozenset[str]
    number: bool


class Matrix:
    """All permitted edges. What is not in it is refused; there are no wildcards."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = {line.operation: line for line in lines}

    def line(self, operation: str) -> Line | None:
        """Return the line of an operation, or None where no caller may use it."""
        return self._lines.get(operation)

    def permits(self, caller: str, operation: str) -> bool:
        """Tell whether a system may call an operation at all."""
        line = self._lines.get(operation)
        return line is not None and caller in line.callers

    @property
    def operations(self) -> frozenset[str]:
        """Every operation that somebody may call."""
        return frozenset(self._lines)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line, in the order of the file."""
        return tuple(self._lines.values())


@cache
def load_matrix() -> Matrix:
    """Read the matrix that stands beside this module; a doubled operation is a mistake and raises ValueError."""
    rows = tomllib.loads((files("registry.access") / "matrix.toml").read_text("utf8"))["line"]
    lines = [Line(r["edge"], r["operation"], frozenset(r["callers"]), frozenset(r["keys"]), r["number"]) for r in rows]
    if len({line.operation for line in lines}) != len(lines):
        msg = "the access matrix names an operation twice"
        raise ValueError(msg)
    return Matrix(lines)
