"""Steps in the life of a set."""

import pytest

from issuer.errors import IssuerError
from issuer.smp.record.lapse import lapse
from issuer.smp.record.models import HolderCredentialHistory, RecordSet
from issuer.smp.record.states import Status
from issuer.smp.record.steps import move
from registry.trail.models import ProvisionRecord
from tests.issuer.smp.conftest import Desk, Owned
from tests.issuer.smp.record.conftest import Statuses


async def lapse_by(desk: Desk, owned: Owned, *causes: str) -> None:
    """Let the set lapse by causes."""
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await lapse(session, desk.act(), record_set, causes, tools=desk.tools)


@pytest.mark.requirement("MDOC-42")
async def test_a_lapsed_set_is_never_touched_again(desk: Desk, owned: Owned, statuses: Statuses) -> None:
    """A second lapse, and every other step, is refused; the records stay INVALID."""
    await lapse_by(desk, owned, "9-4")
    with pytest.raises(IssuerError, match="record_lapsed"):
        await lapse_by(desk, owned, "9-5iii")
    for to in Status:
        with pytest.raises(IssuerError, match="record_lapsed"):
            await _move(desk, owned, to)
    assert await statuses(owned.set_id) == {1}


async def _move(desk: Desk, owned: Owned, to: Status) -> None:
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await move(session, desk.act(), record_set, to, reason="test", sealer=desk.tools.sealer)


@pytest.mark.requirement("MDOC-27")
async def test_the_history_is_in_the_order_of_the_steps(desk: Desk, owned: Owned) -> None:
    """An act that began before another and waited for it stands behind it: the newest step is the state."""
    began = desk.act()
    desk.clock.advance(seconds=1)
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await move(session, desk.act(), record_set, Status.SUSPENDED, reason="lost", sealer=desk.tools.sealer)
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        await move(session, began, record_set, Status.REVOKED, reason="9-1b", sealer=desk.tools.sealer)

    rows = sorted(await desk.rows(HolderCredentialHistory), key=lambda row: row.registered_at)
    assert [row.credential_status for row in rows] == ["issued", "active", "suspended", "revoked"]


async def test_a_step_that_is_not_drawn_is_refused(desk: Desk, owned: Owned) -> None:
    """An active set does not become issued again."""
    with pytest.raises(IssuerError, match="transition_refused"):
        await _move(desk, owned, Status.ISSUED)


@pytest.mark.requirement("MDOC-27", "AUDIT-16")
async def test_every_step_appends_history_and_trail(desk: Desk, owned: Owned) -> None:
    """Issued, confirmed, lapsed: three rows of history with sealed items, three records of the trail."""
    await lapse_by(desk, owned, "9-4")
    rows = sorted(await desk.rows(HolderCredentialHistory), key=lambda row: row.registered_at)
    assert {(row.credential_status, row.reason) for row in rows} == {
        ("issued", "issued"),
        ("active", "confirmed"),
        ("revoked", "9-4"),
    }
    assert all(owned.holder.items.individual_number.encode() not in row.individual_number for row in rows)
    reasons = {row.reason for row in await desk.rows(ProvisionRecord)}
    assert {"issued:issued", "active:confirmed", "revoked:9-4"} <= reasons
