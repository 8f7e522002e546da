"""How long rows are kept whose end is written with them."""

from issuer.smp.retention import APPLICATION_YEARS, LAPSE_YEARS, NOTICE_YEARS
from registry.retention.rule import kept_until
from tests.issuer.smp.conftest import Desk
from tests.support.applications import Holder, an_application
from tests.support.attestations import a_phone


async def test_an_application_knows_its_end(desk: Desk, holder: Holder) -> None:
    """Written with the row, so that erasure needs no rule of its own (Order 39-19)."""
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    row = await desk.application(applied.application_id)
    assert row.erase_after == kept_until(desk.clock(), 15)
    assert (APPLICATION_YEARS, LAPSE_YEARS, NOTICE_YEARS) == (15, 10, 10)
