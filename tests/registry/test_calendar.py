"""Legal days in Japan: the boundary dates, each by its name."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.calendar import (
    age_on,
    card_end,
    end_of_day,
    last_day_of_month_from,
    legal_day,
    next_birthday,
    start_of_day,
)

BIRTHS = st.dates(date(1900, 1, 1), date(2026, 1, 1))
DAYS = st.dates(date(2020, 1, 1), date(2060, 12, 31))


def test_the_legal_day_begins_in_tokyo() -> None:
    """15:00 UTC is midnight in Japan: one second earlier it is still the day before."""
    assert legal_day(datetime(2026, 4, 9, 14, 59, 59, tzinfo=UTC)) == date(2026, 4, 9)
    assert legal_day(datetime(2026, 4, 9, 15, 0, tzinfo=UTC)) == date(2026, 4, 10)


@given(DAYS)
def test_a_day_ends_where_the_next_begins(day: date) -> None:
    """00:00 of a day falls on that day, and 24:00 is 00:00 of the next."""
    assert legal_day(start_of_day(day)) == day
    assert (end_of_day(day) - start_of_day(day)).total_seconds() == 86_400


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2026, 7, 1), date(2026, 7, 31)),
        (date(2026, 7, 15), date(2026, 8, 14)),
        (date(2026, 1, 31), date(2026, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 1, 29), date(2026, 2, 28)),
        (date(2026, 12, 10), date(2027, 1, 9)),
    ],
)
def test_one_month_counted_from_the_issue_day(day: date, last: date) -> None:
    """1 July ends with 31 July; 31 January with the last day of February (Order article 39-8)."""
    assert last_day_of_month_from(day) == last


@pytest.mark.parametrize(
    ("birth", "after", "expected"),
    [
        (date(2000, 2, 29), date(2026, 2, 27), date(2026, 2, 28)),
        (date(2000, 2, 29), date(2026, 2, 28), date(2027, 2, 28)),
        (date(2000, 2, 29), date(2028, 2, 28), date(2028, 2, 29)),
        (date(1990, 4, 1), date(2026, 4, 1), date(2027, 4, 1)),
    ],
)
def test_the_next_birthday_is_after_the_day(birth: date, after: date, expected: date) -> None:
    """29 February counts as 28 February in common years; a birthday today is not the next one."""
    assert next_birthday(birth, after) == expected


@given(BIRTHS, DAYS)
def test_age_grows_by_one_from_one_birthday_to_the_next(birth: date, day: date) -> None:
    """Between two birthdays nobody is more than one year older."""
    assert age_on(birth, next_birthday(birth, day)) - age_on(birth, day) in (0, 1)


@pytest.mark.parametrize(
    ("birth", "made", "stay", "end"),
    [
        (date(2000, 5, 1), date(2026, 4, 10), None, date(2035, 5, 1)),
        (date(2008, 4, 10), date(2026, 4, 10), None, date(2036, 4, 10)),  # eighteen today: an adult's card
        (date(2008, 4, 11), date(2026, 4, 10), None, date(2030, 4, 11)),  # eighteen tomorrow: a minor's
        (date(2004, 2, 29), date(2026, 4, 10), None, date(2036, 2, 29)),
        (date(1990, 1, 1), date(2026, 4, 10), date(2026, 9, 30), date(2026, 9, 30)),
    ],
)
def test_the_end_of_a_card(birth: date, made: date, stay: date | None, end: date) -> None:
    """Tenth birthday, fifth for minors, and never beyond the end of the stay (Order articles 26 and 27)."""
    assert card_end(birth, made, stay) == end
