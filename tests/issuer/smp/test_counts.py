"""Counts of applications and records."""

import pytest

from issuer.smp.counts import count
from issuer.smp.record.models import RecordSet
from issuer.smp.record.suspension import suspend
from tests.issuer.smp.conftest import Desk, Owned


@pytest.mark.requirement("OPS-3", "OPS-4", "OPS-5")
async def test_counts_are_per_state_and_of_nobody(desk: Desk, owned: Owned) -> None:
    """Applications per state, sets issued, valid and suspended; no key names an attribute of persons."""
    before = (await desk.step(count)).counts
    assert before == {"application.completed": 1, "mdoc.issued_total": 1, "mdoc.valid": 1, "mdoc.suspended": 0}
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await suspend(session, desk.act(), record_set, reason="lost", caused_by=owned.application_id, tools=desk.tools)
    after = (await desk.step(count)).counts
    assert (after["mdoc.valid"], after["mdoc.suspended"]) == (0, 1)
    desk.clock.advance(days=20)
    assert (await desk.step(count)).counts["mdoc.suspended"] == 0
