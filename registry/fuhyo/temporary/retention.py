"""How long a temporary number is kept, and the rule by which it goes (RETAIN-10)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import Table

from registry.fuhyo.temporary.models import TemporaryNumber
from registry.retention.rule import Rule

RESEND_DAYS = 3
"""Where the configuration says nothing: days, not months (RETAIN-10)."""

YEAR = 365
TABLE = cast("Table", TemporaryNumber.__table__)


def resend_window(days: int) -> timedelta:
    """Return how long a copy is kept; raises ValueError for a year or more (1年未満) and for less than a day."""
    if not 1 <= days < YEAR:
        raise ValueError("a temporary number is kept for at least a day and for less than a year")
    return timedelta(days=days)


def rules() -> Sequence[Rule]:
    """Return the one rule: the end was written beside the number when it came, so the eraser is told no period."""
    ends = TABLE.c.erase_after
    return (Rule("temporary_number", "resend_days", TABLE, lambda at: ends <= at, ends, TABLE.c.id),)
