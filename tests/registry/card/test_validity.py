from datetime import date

import pytest

from registry.card.validity import card_valid_until, has_ended, is_early_renewal

MADE = date(2026, 4, 10)


@pytest.mark.parametrize(
    ("birth", "end"),
    [
        (date(1980, 6, 1), date(2035, 6, 1)),  # the tenth birthday after making: 2026 counts, it is still to come
        (date(1980, 4, 1), date(2036, 4, 1)),  # this year's is over
        (date(1980, 4, 10), date(2036, 4, 10)),  # made on a birthday: that day is not after the making
        (date(2008, 4, 10), date(2036, 4, 10)),  # eighteen on this day
        (date(2008, 4, 11), date(2030, 4, 11)),  # eighteen tomorrow: the fifth
        (date(2026, 4, 1), date(2031, 4, 1)),  # a newborn
        (date(1980, 2, 29), date(2036, 2, 29)),
        (date(1988, 2, 29), date(2036, 2, 29)),
        (date(2012, 2, 29), date(2031, 2, 28)),  # 29 February counts as 28 February in common years
    ],
)
def test_end_by_age(birth: date, end: date) -> None:
    """A card ends on the tenth birthday after making, for those under eighteen then on the fifth."""
    assert card_valid_until(birth, MADE) == end


def test_end_with_the_stay() -> None:
    """A card never outlives the period of stay."""
    assert card_valid_until(date(1990, 1, 1), MADE, stay_until=date(2027, 1, 31)) == date(2027, 1, 31)
    assert card_valid_until(date(1990, 6, 1), MADE, stay_until=date(2099, 1, 1)) == date(2035, 6, 1)


@pytest.mark.parametrize(
    ("former", "early"),
    [
        (date(2026, 4, 9), False),  # it is over: not a renewal
        (date(2026, 4, 10), True),
        (date(2026, 7, 9), True),
        (date(2026, 7, 10), False),  # three months left are not less than three
    ],
)
def test_early_renewal(former: date, early: bool) -> None:  # noqa: FBT001 - a column of the table
    """With less than three months left, a new card runs to one birthday more."""
    birth = date(1980, 6, 1)

    assert is_early_renewal(former, MADE) is early
    assert card_valid_until(birth, MADE, former_end=former) == date(2036 if early else 2035, 6, 1)


def test_three_months_from_a_month_end() -> None:
    """Three months from 30 November are the last of February, over the end of the year."""
    assert is_early_renewal(date(2027, 2, 27), date(2026, 11, 30))
    assert not is_early_renewal(date(2027, 2, 28), date(2026, 11, 30))


def test_last_day() -> None:
    """A card is valid through its last day and has ended on the next."""
    assert not has_ended(date(2026, 4, 10), date(2026, 4, 10))
    assert has_ended(date(2026, 4, 10), date(2026, 4, 11))
