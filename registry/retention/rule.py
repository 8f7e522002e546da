"""What may be erased, from when on, and on what ground (RETAIN-12, RETAIN-13). Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Table

from registry.calendar import birthday_in, end_of_day, legal_day, start_of_day

BATCH = 200
Due = Callable[[datetime], ColumnElement[bool]]


@dataclass(frozen=True)
class Rule:
    """
    One rule: rows of `table` that are `due` go, oldest first by `order`, with what hangs on them.

    `ground`: the article, or the term of the configuration. `with_it`: tables that go in the same transaction, in this
    order, each with the column that names the row's `key`; without a key nothing hangs on a row. `batch`: rows that go
    in one transaction, few where much hangs on each.
    """

    name: str
    ground: str
    table: Table
    due: Due
    order: SQLColumnExpression[Any]
    key: ColumnElement[Any] | None = None
    with_it: Sequence[ColumnElement[Any]] = ()
    batch: int = BATCH


def kept_until(at: datetime, years: int) -> datetime:
    """Return the end of the same day so many years later, in Tokyo; 29 February becomes the 28th in common years."""
    day = legal_day(at)
    return end_of_day(birthday_in(day.year + years, day))


def due_before(at: datetime, years: int) -> datetime:
    """Return the instant before which whatever is kept so many years is due at `at`: `kept_until` turned round."""
    past = legal_day(at) - timedelta(days=1)
    first = birthday_in(past.year - years, past)
    # 28 February of a common year is also the end of what began on 29 February of a leap year.
    last = first + timedelta(days=1)
    if (last.month, last.day) == (2, 29) and birthday_in(past.year, last) <= past:
        first = last
    return start_of_day(first + timedelta(days=1))
