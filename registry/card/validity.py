"""Ends of cards: by age when made, by an early renewal, by the period of stay (Order articles 26, 27, 29). Pure."""

from datetime import date

from registry.calendar import ADULT, age_on, nth_birthday

EARLY_RENEWAL_MONTHS = 3


def card_valid_until(
    birth: date, made_on: date, *, stay_until: date | None = None, former_end: date | None = None
) -> date:
    """
    Return the last day on which a card made on a day is valid, counted in Asia/Tokyo.

    Tenth birthday after making, fifth for those under 18 then; one more when the former card (`former_end`) had less
    than three months left. Never beyond the end of the period of stay.
    """
    count = 10 if age_on(birth, made_on) >= ADULT else 5
    if former_end is not None and is_early_renewal(former_end, made_on):
        count += 1
    end = nth_birthday(birth, made_on, count)
    return min(end, stay_until) if stay_until else end


def is_early_renewal(former_end: date, made_on: date) -> bool:
    """Tell whether a card made on a day replaces one that still runs, for less than three months (Order article 29)."""
    return made_on <= former_end < _months_later(made_on, EARLY_RENEWAL_MONTHS)


def has_ended(valid_until: date, day: date) -> bool:
    """Tell whether a card is past its end: it is valid through the whole of its last day."""
    return day > valid_until


def _months_later(day: date, months: int) -> date:
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    length = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    return date(year, month, min(day.day, length))
