"""Dates of birth that go wrong somewhere, and ordinary ones (Order articles 26, 27, 39-8; ages in legal days)."""

from datetime import date, timedelta
from typing import Final

FIXED: Final[tuple[tuple[str, date], ...]] = (
    ("born on 29 February", date(2000, 2, 29)),
    ("born on 29 February, before the war", date(1936, 2, 29)),
    ("born on 1 April, of the earlier school year", date(2008, 4, 1)),
    ("born on 2 April, of the later school year", date(2008, 4, 2)),
    ("last day of Showa", date(1989, 1, 7)),
    ("first day of Heisei", date(1989, 1, 8)),
    ("last day of Heisei", date(2019, 4, 30)),
    ("first day of Reiwa", date(2019, 5, 1)),
)
AGES: Final = (14, 15, 17, 18, 19, 20, 100, 104)
SOON: Final = (("birthday tomorrow", 1), ("birthday in three days", 3), ("birthday today", 0))


def years_before(day: date, years: int) -> date:
    """Return the same day of an earlier year; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def awkward_births(today: date) -> list[tuple[str, date]]:
    """Return dates of birth with what is awkward about each, none of them after `today` (a day in Tokyo)."""
    births = [*FIXED, ("born this month", today - timedelta(days=9)), ("aged 0", today - timedelta(days=200))]
    births += [(f"aged {age}", years_before(today - timedelta(days=40), age)) for age in AGES]
    births += [
        (f"{what}, then {age}", years_before(today + timedelta(days=days), age))
        for what, days in SOON
        for age in (18, 65)
    ]
    return [(what, born) for what, born in births if born <= today]


def ordinary_birth(today: date, drawn: int) -> date:
    """Return a date of birth 1 to 90 years back, spread by a drawn number."""
    return today - timedelta(days=366 + drawn % (89 * 365))
