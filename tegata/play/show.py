"""What may be told of a phone, its records and its cards."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tegata.play.phone import Card, Elements
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


def set_of(state: PhoneState, record_set: RecordSet) -> dict[str, Any]:
    """Return what may be told of a set."""
    used = sum(state.seen_by(record.point) is not None for record in record_set.records)
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
    return {"sets": [set_of(state, each) for each in state.sets], "applications": applications}
