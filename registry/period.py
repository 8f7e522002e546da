"""A period of legal days as a condition on an instant (D18): what counts are asked for."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from registry.calendar import end_of_day, start_of_day


def within(column: InstrumentedAttribute[Any], since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    """Return the conditions under which an instant lies between two days, both included; an absent day is no limit."""
    first = [] if since is None else [column >= start_of_day(since)]
    return first + ([] if until is None else [column < end_of_day(until)])
