"""What a command prints: for people, or one JSON object for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from rich.console import Console
from rich.table import Table


class Told(Protocol):
    """What went wrong: a code for programs, a sentence and the next step for people."""

    @property
    def code(self) -> str: ...  # noqa: D102
    @property
    def sentence(self) -> str: ...  # noqa: D102
    @property
    def next_step(self) -> str: ...  # noqa: D102


class Voice:
    """Says things to a person, or to a program."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._console = Console(soft_wrap=True, highlight=False)

    def say(self, answer: Mapping[str, Any], *lines: str) -> None:
        """Give the answer of a command: the object for programs, the lines for people."""
        if self._as_json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=_plain) + "\n")
            return
        for line in lines:
            self._console.print(line, markup=False)

    def table(self, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Print rows of the same shape, for people only."""
        if self._as_json:
            return
        if not rows:
            self._console.print(f"{title}: none")
            return
        table = Table(title=title, title_justify="left")
        for name in rows[0]:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*("" if value is None else str(value) for value in row.values()))
        self._console.print(table)

    def elements(self, title: str, elements: Mapping[str, Mapping[str, Any]]) -> None:
        """Print elements, for people only."""
        flat = [
            {"namespace": space, "element": name, "value": value}
            for space, items in elements.items()
            for name, value in items.items()
        ]
        self.table(title, flat)

    def complain(self, trouble: Told) -> None:
        """Say what went wrong and what to do next, on standard error."""
        if self._as_json:
            told = {"error": trouble.code, "message": trouble.sentence, "next": trouble.next_step}
            sys.stderr.write(json.dumps(told, ensure_ascii=False) + "\n")
            return
        for line in (f"{trouble.code}: {trouble.sentence}", trouble.next_step):
            if line:
                sys.stderr.write(line + "\n")


def _plain(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError
