"""Loss of effect, and requests of the holder's phone."""

import pytest
from sqlalchemy import select

from issuer.errors import IssuerError
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import LapseRecord, Notice, RecordSet
from registry.outbox.models import OutboxMessage
from tests.issuer.smp.conftest import Desk, Owned, issued_set
from tests.support.applications import Holder, a_phone, an_application


async def lapse_by(desk: Desk, owned: Owned, *causes: str) -> None:
    """Let the set lapse by causes."""
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await lapse(session, desk.act(), record_set, causes, tools=desk.tools)


@pytest.mark.requirement("MDOC-36")
@pytest.mark.parametrize("causes", [(), ("9-9",), ("9-2", "because")])
async def test_no_lapse_without_a_ground_of_the_law(desk: Desk, owned: Owned, causes: tuple[str, ...]) -> None:
    """A missing or unknown cause is refused and changes nothing."""
    with pytest.raises(IssuerError, match="reason_required"):
        await lapse_by(desk, owned, *causes)
    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "active"


@pytest.mark.requirement("MDOC-36", "MDOC-38")
async def test_several_causes_are_all_recorded_and_one_decides(desk: Desk, owned: Owned) -> None:
    """9-3 and 9-1a on one instant: two lapse records, 9-1a decides."""
    await lapse_by(desk, owned, "9-3", "9-1a")
    rows = await desk.rows(LapseRecord)
    assert {row.cause: row.decisive for row in rows} == {"9-3": False, "9-1a": True}
    columns = {column.name for column in LapseRecord.__table__.columns}
    assert not columns & {"individual_number", "face_photo_card", "four_info", "name"}


@pytest.mark.requirement("MDOC-32")
async def test_a_set_that_lapsed_before_its_confirmation_bars_nobody(desk: Desk, holder: Holder) -> None:
    """Its application ends with it, and the holder can apply again at once."""
    owned = await issued_set(desk, holder, a_phone(), active=False)
    await lapse_by(desk, owned, "9-5iii")
    again = await desk.apply(an_application(holder, a_phone(), desk.nonce(), at=desk.clock()))
    await desk.verify()

    assert (await desk.application(owned.application_id)).application_status == "expired"
    assert (await desk.application(again.application_id)).application_status == "accepted"


async def test_a_lapse_that_cannot_be_recorded_does_not_happen(desk: Desk, owned: Owned) -> None:
    """One transaction: when a later part fails, state, history, notice and outbox are as before."""
    with pytest.raises(ZeroDivisionError):
        await _fail_after_lapse(desk, owned)
    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "active"
    assert await desk.rows(Notice) == []
    async with desk.sessions() as session:
        assert (await session.scalars(select(OutboxMessage))).all() == []


async def _fail_after_lapse(desk: Desk, owned: Owned) -> None:
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await lapse(session, desk.act(), record_set, ["9-4"], tools=desk.tools)
        raise ZeroDivisionError
