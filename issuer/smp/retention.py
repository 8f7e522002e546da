"""How long rows are kept (Order 39-19): the day after which the sweep may erase them (RETAIN-12 to RETAIN-14). Pure."""

from datetime import datetime
from typing import Final

from registry.calendar import birthday_in, end_of_day, legal_day

APPLICATION_YEARS: Final = 15  # from receipt
LAPSE_YEARS: Final = 10
NOTICE_YEARS: Final = 10  # of paragraph 8


def kept_until(at: datetime, years: int) -> datetime:
    """Return the end of the same day so many years later, in Tokyo; 29 February becomes the 28th in common years."""
    day = legal_day(at)
    return end_of_day(birthday_in(day.year + years, day))
