"""Sets in force against what JPKI says: what was lost, doubled or late is mended."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from issuer.errors import Code, IssuerError
from issuer.smp.record import reconciliation
from issuer.smp.record.jpki_events import take_in
from issuer.smp.record.models import JpkiEventRecord, LapseRecord, Reconciliation, RecordSet, Repair
from issuer.smp.record.reconciliation import reconcile, reconcile_due
from registry.calendar import legal_day
from registry.messages.smp import Reconcile, ReconciliationReport
from tests.issuer.smp.conftest import Desk, Line, Owned, issued_set
from tests.issuer.smp.record.conftest import Statuses, event
from tests.support.applications import a_holder
from tests.support.attestations import a_phone


async def compare(desk: Desk) -> int:
    """Let the worker do one batch."""
    return await reconcile_due(desk.sessions, desk.tools, at=desk.clock(), random=desk.random)


async def report(desk: Desk, **changes: Any) -> ReconciliationReport:
    """Ask as an operator about today."""
    message = Reconcile(request_id=UUID(int=1), **({"day": legal_day(desk.clock())} | changes))
    answer = await desk.step(reconcile, message)
    assert isinstance(answer, ReconciliationReport)
    return answer


async def repairs(desk: Desk) -> list[str]:
    """What was mended."""
    return [row.what for row in await desk.rows(Repair)]


@pytest.mark.requirement("MDOC-35", "MDOC-37")
async def test_a_lost_revocation_is_made_up_for(desk: Desk, line: Line, owned: Owned, statuses: Statuses) -> None:
    """JPKI says revoked and no event ever came: the set ends by 9-1b, and the repair is on record."""
    line.certificate = "revoked"
    assert [await compare(desk), await compare(desk)] == [1, 0]

    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.status_reason) == ("revoked", "9-1b")
    assert await statuses(owned.set_id) == {1}
    assert await repairs(desk) == ["revoked"]
    assert (await desk.application(owned.application_id)).certificate_standing == "revoked"


@pytest.mark.requirement("MDOC-59")
async def test_a_lost_hold_and_a_lost_release_are_made_up_for(desk: Desk, line: Line, owned: Owned) -> None:
    """Held and released again without a word: the mark follows JPKI, and nothing lapses."""
    seen = []
    for state in ("held", "good"):
        line.certificate = state
        await compare(desk)
        await compare(desk)
        (record_set,) = await desk.rows(RecordSet)
        seen.append((record_set.certificate_on_hold, record_set.mdoc_status))
        desk.clock.advance(days=1)

    assert seen == [(True, "active"), (False, "active")]
    assert sorted(await repairs(desk)) == ["held", "released"]
    assert await desk.rows(LapseRecord) == []


async def test_where_both_agree_nothing_is_touched(desk: Desk, owned: Owned) -> None:
    """A comparison without a difference leaves counts and nothing else; a second run on the day compares nothing."""
    assert [await compare(desk), await compare(desk), await compare(desk)] == [1, 0, 0]
    done = await report(desk)

    assert (done.state, done.compared, done.unanswered, done.repaired) == ("done", 1, 0, {})
    assert await desk.rows(JpkiEventRecord) == []


@pytest.mark.requirement("MDOC-35")
async def test_a_serial_that_jpki_does_not_know_is_recorded(desk: Desk, line: Line, owned: Owned) -> None:
    """Nothing is changed on a guess: an operator finds it in the report."""
    line.certificate = "unknown"
    await compare(desk)

    assert (await report(desk)).repaired == {"unknown_serial": 1}
    assert [row.mdoc_status for row in await desk.rows(RecordSet)] == ["active"]


async def test_a_silent_jpki_is_asked_again(desk: Desk, line: Line, owned: Owned) -> None:
    """No answer is no agreement: the batch waits, and the day is not done."""
    line.silent.add("pki.certificate_state")
    assert await compare(desk) == 0
    waiting = await report(desk)
    line.silent.clear()
    line.certificate = "revoked"
    await compare(desk)

    assert (waiting.state, waiting.compared) == ("running", 0)
    assert await repairs(desk) == ["revoked"]


async def test_a_run_goes_on_where_a_dead_worker_left_it(
    desk: Desk, line: Line, owned: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches of one, the second dies: the first stays done, the second is compared by the next worker."""
    monkeypatch.setattr(reconciliation, "BATCH", 1)
    await issued_set(desk, a_holder("隣人 一", seed="next"), a_phone(app_install_id="install-of-neighbour"))
    line.asked.clear()
    await compare(desk)
    with monkeypatch.context() as patch:
        patch.setattr(reconciliation, "_compare", _die)
        with pytest.raises(ConnectionError):
            await compare(desk)
    rest = [await compare(desk), await compare(desk)]
    (run,) = await desk.rows(Reconciliation)

    assert rest == [1, 0]
    assert (run.compared, run.finished_at) == (2, desk.clock())


async def _die(*_: object) -> None:
    raise ConnectionError


async def test_an_operator_begins_the_day_anew(desk: Desk, line: Line, owned: Owned) -> None:
    """After an outage the comparison is repeated on demand; a day that was never compared is refused."""
    await compare(desk)
    await compare(desk)
    line.certificate = "revoked"
    again = await report(desk, again=True)
    await compare(desk)
    yesterday = legal_day(desk.clock()) - timedelta(days=1)
    with pytest.raises(IssuerError, match=Code.RUN_DAY):
        await report(desk, day=yesterday)

    assert again.state == "running"
    assert await repairs(desk) == ["revoked"]


@pytest.mark.requirement("MDOC-35", "MDOC-59")
async def test_a_late_hold_does_not_undo_a_release(desk: Desk, owned: Owned) -> None:
    """Events that overtook each other: the one that occurred last stands, the late one is recorded and acknowledged."""
    serial = owned.holder.serial
    held = event(serial, "held", "lost", 1, desk=desk)
    desk.clock.advance(hours=1)
    await desk.step(take_in, event(serial, "released", "lifted", 2, desk=desk), desk.tools)
    answer = await desk.step(take_in, held, desk.tools)

    (record_set,) = await desk.rows(RecordSet)
    assert (answer.reference, record_set.certificate_on_hold) == (held.event_id, False)
    assert (await desk.application(owned.application_id)).certificate_standing is None
    assert len(await desk.rows(JpkiEventRecord)) == 2


@pytest.mark.requirement("MDOC-35")
async def test_an_event_that_comes_after_its_repair_changes_nothing(desk: Desk, line: Line, owned: Owned) -> None:
    """The revocation was made up for; when the event itself arrives at last, nobody is told twice."""
    line.certificate = "revoked"
    late = event(owned.holder.serial, "revoked", "move_within", desk=desk)
    await compare(desk)
    answer = await desk.step(take_in, late, desk.tools)

    assert answer.reference == late.event_id
    assert len(await desk.rows(LapseRecord)) == 1
