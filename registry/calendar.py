"""
Legal days in Japan: every birthday, month end and end of a card is a day in Asia/Tokyo (D18).

Instants go in and come out as aware datetimes in UTC; days are `datetime.date` of the Japanese calendar day.
"""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")
ADULT = 18


def legal_day(at: datetime) -> date:
    """Return the Japanese calendar day on which an instant falls."""
    return at.astimezone(TOKYO).date()


def start_of_day(day: date) -> datetime:
    """Return 00:00 JST of a day as an instant in UTC."""
    return datetime.combine(day, time(), TOKYO).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Return 24:00 JST of a day, the instant at which cards and certificates of that day end."""
    return start_of_day(day + timedelta(days=1))


def last_day_of_month_from(day: date) -> date:
    """
    Return the last day of one month counted from a day (Order article 39-8, Civil Code article 143).

    A month from 1 July ends with 31 July, from 15 July with 14 August; from 31 January with the last of February.
    """
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    length = calendar.monthrange(year, month)[1]
    if day.day > length:  # no corresponding day: the last day of that month
        return date(year, month, length)
    return date(year, month, day.day) - timedelta(days=1)


def birthday_in(year: int, birth: date) -> date:
    """Return the birthday in a year; 29 February counts as 28 February in common years (Order article 26)."""
    if (birth.month, birth.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return date(year, birth.month, birth.day)


def next_birthday(birth: date, after: date) -> date:
    """Return the first birthday strictly after a day."""
    this_year = birthday_in(after.year, birth)
    return this_year if this_year > after else birthday_in(after.year + 1, birth)


def nth_birthday(birth: date, after: date, count: int) -> date:
    """Return the n-th birthday strictly after a day."""
    return birthday_in(next_birthday(birth, after).year + count - 1, birth)


def age_on(birth: date, day: date) -> int:
    """
    Return the age in years on a day.

    Age is reached with the end of the day before the birthday; who was born on 29 February is older from 1 March on
    in common years, since the day before it is 28 February (Act on the Calculation of Ages).
    """
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def card_end(birth: date, made_on: date, stay_until: date | None = None) -> date:
    """
    Return the last day of a card's validity (Order articles 26 and 27).

    Tenth birthday after making, fifth for those under 18 then; never beyond the end of the period of stay.
    """
    end = nth_birthday(birth, made_on, 10 if age_on(birth, made_on) >= ADULT else 5)
    return min(end, stay_until) if stay_until else end
