"""Affairs as data: which body may ask which file for which affair, and whether the number is among the items."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Affair:
    """One statutory affair (提供事務区分), with the bodies that carry it out (個人番号提供事務区分 is `number`)."""

    code: str
    bodies: frozenset[str]
    files: frozenset[str]
    number: bool


class Affairs:
    """All affairs. What is not in the table is refused."""

    def __init__(self, affairs: Iterable[Affair]) -> None:
        self._affairs = {affair.code: affair for affair in affairs}

    def find(self, file: str, body: str | None, code: str) -> Affair | None:
        """Return the affair if this body may ask this file for it, else None."""
        affair = self._affairs.get(code)
        if affair is None or body not in affair.bodies or file not in affair.files:
            return None
        return affair


def load_affairs() -> Affairs:
    """Read the table that stands beside this module."""
    rows = tomllib.loads((files("registry.access") / "affairs.toml").read_text("utf8"))["affair"]
    return Affairs(Affair(r["code"], frozenset(r["bodies"]), frozenset(r["files"]), r["number"]) for r in rows)
