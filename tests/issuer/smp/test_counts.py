"""Counts of applications and records."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from issuer.smp.counts import count
from issuer.smp.record.models import RecordSet
from issuer.smp.record.suspension import suspend
from registry.calendar import legal_day
from registry.messages.card import CountQuery
from tests.issuer.smp.conftest import Desk, Owned

ALL = CountQuery(request_id=UUID(int=1))
NONE = {"mdoc.issued_total": 0, "mdoc.valid": 1, "mdoc.suspended": 0}


@pytest.mark.requirement("OPS-3", "OPS-4")
async def test_counts_are_per_state(desk: Desk, owned: Owned) -> None:
    """Applications per state, sets issued and valid; suspended ones stand apart, and ended ones are in neither."""
    before = (await desk.step(count, ALL)).counts
    assert before == {"application.completed": 1, "mdoc.issued_total": 1, "mdoc.valid": 1, "mdoc.suspended": 0}
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await suspend(session, desk.act(), record_set, reason="lost", caused_by=owned.application_id, tools=desk.tools)
    after = (await desk.step(count, ALL)).counts
    assert (after["mdoc.valid"], after["mdoc.suspended"]) == (0, 1)
    desk.clock.advance(days=20)
    assert (await desk.step(count, ALL)).counts["mdoc.suspended"] == 0


@pytest.mark.requirement("OPS-3", "OPS-4")
async def test_counts_of_a_period(desk: Desk, owned: Owned) -> None:
    """Both days belong to the period; what is valid is so now, whatever the period."""
    today = legal_day(desk.clock())
    before, after = today - timedelta(days=1), today + timedelta(days=1)
    for since, until, found in ((today, today, True), (after, None, False), (None, before, False)):
        counts = (await desk.step(count, CountQuery(request_id=UUID(int=2), since=since, until=until))).counts
        assert (counts == NONE) is not found
        assert counts.get("application.completed", 0) == counts["mdoc.issued_total"] == int(found)


@pytest.mark.requirement("OPS-5")
@pytest.mark.parametrize("attribute", ["age", "sex", "address", "municipality_code", "birth_date", "individual_number"])
def test_nobody_counts_by_an_attribute_of_persons(attribute: str) -> None:
    """The question has a period and nothing else: one that names an attribute is outside the format."""
    assert set(CountQuery.__struct_fields__) == {"request_id", "since", "until"}
    question = msgspec.to_builtins(ALL) | {attribute: "1"}
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert(question, CountQuery)
