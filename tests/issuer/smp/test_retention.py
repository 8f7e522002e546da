"""How long rows are kept."""

from datetime import UTC, datetime

import pytest

from issuer.smp.retention import APPLICATION_YEARS, LAPSE_YEARS, kept_until
from tests.issuer.smp.conftest import Desk
from tests.support.applications import Holder, an_application
from tests.support.attestations import a_phone


@pytest.mark.parametrize(
    ("received", "until"),
    [
        (datetime(2026, 4, 10, 1, tzinfo=UTC), datetime(2041, 4, 10, 15, tzinfo=UTC)),
        (datetime(2026, 4, 10, 15, tzinfo=UTC), datetime(2041, 4, 11, 15, tzinfo=UTC)),  # 00:00 of the 11th in Tokyo
        (datetime(2028, 2, 29, 1, tzinfo=UTC), datetime(2043, 2, 28, 15, tzinfo=UTC)),
    ],
)
def test_fifteen_years_are_counted_in_days_of_tokyo(received: datetime, until: datetime) -> None:
    """The end of the same day fifteen years later; 29 February ends with the 28th."""
    assert kept_until(received, APPLICATION_YEARS) == until


async def test_an_application_knows_its_end(desk: Desk, holder: Holder) -> None:
    """Written with the row, so that erasure needs no rule of its own (Order 39-19)."""
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    row = await desk.application(applied.application_id)
    assert row.erase_after == kept_until(desk.clock(), 15)
    assert LAPSE_YEARS == 10
