"""The end of validity, and what operators see."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import undefer

from issuer.smp.record.expiry import expire_due
from issuer.smp.record.models import LapseRecord, Notice, RecordSet
from issuer.smp.record.suspension import suspend
from registry.calendar import start_of_day
from tests.issuer.smp.conftest import Desk, Owned, issued_set
from tests.issuer.smp.record.conftest import Statuses
from tests.support.applications import Holder
from tests.support.attestations import a_phone


async def expire(desk: Desk) -> int:
    """Run the job at the present instant."""
    return await expire_due(desk.sessions, desk.tools, at=desk.clock(), random=desk.random)


async def test_a_set_past_its_end_expires_once(desk: Desk, owned: Owned, statuses: Statuses) -> None:
    """At its end, not before, by cause 9-2; a second run finds nothing. The record itself says that it is over."""
    desk.clock.advance(days=19, hours=23)
    assert await expire(desk) == 0
    desk.clock.advance(hours=1)
    assert [await expire(desk), await expire(desk)] == [1, 0]

    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.status_reason) == ("expired", "9-2")
    (lapse,) = await desk.rows(LapseRecord)
    assert lapse.effective_at == record_set.valid_until
    assert await statuses(owned.set_id) == {0}
    assert len(await desk.rows(Notice)) == 1


async def test_the_birthday_is_named_beside_the_end(desk: Desk, owned: Owned) -> None:
    """A set that ends with 00:00 in Tokyo of the birthday ends by 9-5ii too."""
    birthday = start_of_day(date(2026, 5, 2))
    async with desk.sessions.begin() as session:
        await session.execute(update(RecordSet).values(valid_until=birthday))
    desk.clock.at = birthday
    await expire(desk)
    assert sorted(row.cause for row in await desk.rows(LapseRecord)) == ["9-2", "9-5ii"]


@pytest.mark.requirement("MDOC-58")
async def test_a_suspended_set_expires(desk: Desk, owned: Owned) -> None:
    """Suspension does not stretch validity."""
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await suspend(session, desk.act(), record_set, reason="lost", caused_by=owned.application_id, tools=desk.tools)
    desk.clock.advance(days=20)
    assert await expire(desk) == 1


async def test_a_set_that_no_phone_confirmed_ends_with_its_application(desk: Desk, holder: Holder) -> None:
    """Issued, never confirmed, expired: the application is expired too."""
    owned = await issued_set(desk, holder, a_phone(), active=False)
    desk.clock.advance(days=20)
    await expire(desk)
    assert (await desk.application(owned.application_id)).application_status == "expired"


async def test_a_set_with_a_confirmed_successor_is_superseded_in_silence(desk: Desk, owned: Owned) -> None:
    """Nothing is lost, so nobody is told of a lapse."""
    async with desk.sessions.begin() as session:
        old = await session.get_one(RecordSet, owned.set_id, options=[undefer("*")])
        columns = {column.name: getattr(old, column.name) for column in RecordSet.__table__.columns}
        changes = {"mdoc_id": UUID(int=77), "replaces": owned.set_id, "valid_until": old.valid_until.replace(year=2030)}
        session.add(RecordSet(**(columns | changes)))
    desk.clock.advance(days=20)
    assert await expire(desk) == 1
    (record_set,) = await desk.rows(RecordSet, mdoc_id=owned.set_id)
    assert record_set.mdoc_status == "superseded"
    assert await desk.rows(Notice) == []
