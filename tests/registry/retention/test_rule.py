"""From when on rows may go."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.retention.rule import due_before, kept_until


@pytest.mark.parametrize(
    ("received", "until"),
    [
        (datetime(2026, 4, 10, 1, tzinfo=UTC), datetime(2041, 4, 10, 15, tzinfo=UTC)),
        (datetime(2026, 4, 10, 15, tzinfo=UTC), datetime(2041, 4, 11, 15, tzinfo=UTC)),  # 00:00 of the 11th in Tokyo
        (datetime(2028, 2, 29, 1, tzinfo=UTC), datetime(2043, 2, 28, 15, tzinfo=UTC)),
    ],
)
def test_years_are_counted_in_days_of_tokyo(received: datetime, until: datetime) -> None:
    """The end of the same day fifteen years later; 29 February ends with the 28th."""
    assert kept_until(received, 15) == until


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2060, 12, 31)),  # noqa: DTZ001 - made aware below
    st.sampled_from([1, 4, 7, 10, 15]),
    st.integers(-8 * 1440, 4 * 1440),
)
def test_the_bound_is_the_period_turned_round(naive: datetime, years: int, minutes: int) -> None:
    """A row lies before the bound exactly when the end of its period has come, on leap days too."""
    at = naive.replace(tzinfo=UTC)
    row = at - timedelta(days=365 * years) + timedelta(minutes=minutes)

    assert (row < due_before(at, years)) == (kept_until(row, years) <= at)
