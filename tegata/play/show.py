"""What a command prints: for people, or one JSON object for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from tegata.play.phone import Card, Elements
from tegata.play.trouble import Trouble
from wallet_sim.phone.state import PhoneState, RecordSet

MASK = "•••"


def masked(elements: Elements, *, reveal: bool) -> dict[str, dict[str, Any]]:
    """Return elements for the screen: answers of yes and no as they are, everything else only when asked for."""
    return {
        space: {name: _shown(value) if reveal or isinstance(value, bool) else MASK for name, value in items.items()}
        for space, items in elements.items()
    }


def _shown(value: object) -> object:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, str) and len(value) > 400:  # a portrait, as JSON carries it
        return f"{len(value)} characters of base64"
    return value.isoformat() if isinstance(value, date | datetime) else value


def set_of(record_set: RecordSet) -> dict[str, Any]:
    """Return what may be told of a set."""
    used = sum(record.used_for is not None for record in record_set.records)
    return {
        "set_id": str(record_set.set_id),
        "status": record_set.status,
        "doc_type": record_set.doc_type,
        "valid_from": record_set.valid_from.isoformat(),
        "valid_until": record_set.valid_until.isoformat(),
        "records": len(record_set.records),
        "used": used,
    }


def brief(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a set that fit a screen."""
    return {name: told[name] for name in ("set_id", "status", "valid_until", "records", "used")}


def card_row(place: int, card: Card) -> dict[str, Any]:
    """Return the columns of a card."""
    return {
        "card": place,
        "number": card.card_issue_number,
        "name": card.name,
        "born": card.birth_date,
        "tries left": ", ".join(f"{pin} {left}" for pin, left in card.tries.items() if left is not None),
    }


def state_of(state: PhoneState) -> dict[str, Any]:
    """Return what may be told of a phone."""
    applications = [
        {
            "application_id": None if each.application_id is None else str(each.application_id),
            "state": each.state,
            "detail": each.detail,
        }
        for each in state.enrolments
    ]
    return {"sets": [set_of(each) for each in state.sets], "applications": applications}


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

    def complain(self, trouble: Trouble) -> None:
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
