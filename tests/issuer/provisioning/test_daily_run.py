"""The daily run: planned once a day, reported, never doubled."""

from dataclasses import replace
from datetime import timedelta

import pytest

from issuer.errors import Code, IssuerError
from issuer.provisioning.models import DailyRun, Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.models import HolderCredential, HolderCredentialHistory, RecordSet
from issuer.smp.record.states import Status
from registry.calendar import end_of_day, legal_day
from tests.issuer.conftest import Inside, accept
from tests.issuer.provisioning.day import ask, confirmed, near_the_end, rows_of_the_day, run, sets, step
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, a_holder, a_phone
from tests.support.clock import FrozenClock


@pytest.mark.requirement("MDOC-43")
async def test_not_due(owned: Inside) -> None:
    """A set that does not end within the lead time is left alone, and the day's run is on record all the same."""
    await run(owned)

    assert not await rows_of_the_day(owned)
    assert [legal_day(owned.at())] == [row.day for row in await owned.desk.rows(DailyRun)]


@pytest.mark.requirement("MDOC-43")
async def test_idempotent_per_day(owned: Inside) -> None:
    """Run again on the same day, and on the next before the phone has confirmed, the run renews nothing twice."""
    await near_the_end(owned)
    await run(owned)
    report = await ask(owned, legal_day(owned.at()))
    await run(owned)
    owned.desk.clock.advance(days=1)
    await run(owned)

    assert (report.state, report.renewed) == ("done", 1)
    assert len(await sets(owned)) == 2
    assert not [row for row in await rows_of_the_day(owned) if row[0] == "done"]


@pytest.mark.requirement("MDOC-43")
async def test_report(owned: Inside, desk: Desk, provisioning: Provisioning) -> None:
    """An operator starts today's run and hears counts and reasons; asking again adds what has become due since."""
    await near_the_end(owned)
    day = legal_day(owned.at())
    started = await ask(owned, day)
    await run(owned)
    late = a_holder(seed="late", card_valid_until=legal_day(owned.at()))
    await confirmed(await accept(desk, provisioning, late, a_phone(app_install_id="install-of-somebody-else")))
    await ask(owned, day)
    await run(owned)
    done = await ask(owned, day)

    assert (started.state, started.renewed) == ("running", 0)
    assert (done.state, done.renewed, done.skipped) == ("done", 1, {"card_end": 1})


@pytest.mark.requirement("MDOC-43")
async def test_other_days(owned: Inside) -> None:
    """A run is started on its day; a past one is reported, and one that never was is refused."""
    day = legal_day(owned.at())
    await run(owned)
    owned.desk.clock.advance(days=1)
    report = await ask(owned, day)
    with pytest.raises(IssuerError) as refusal:
        await ask(owned, day + timedelta(days=9))

    assert (day, "done") == (report.day, report.state)
    assert refusal.value.code == Code.RUN_DAY


async def test_another_lead(owned: Inside, clock: FrozenClock, holder: Holder) -> None:
    """The lead time is configuration: with a month of it, today's set is due today."""
    wide = Inside(
        owned.desk, replace(owned.provisioning, lead=timedelta(days=32)), holder, owned.phone, owned.application_id
    )
    clock.advance(hours=1)
    await run(wide)

    assert [row.state for row in await owned.desk.rows(Renewal)] == ["done"]


async def test_missed(owned: Inside, line: Line) -> None:
    """What a day could not do is closed with its reason, and the next day plans the set anew."""
    await near_the_end(owned)
    line.silent.add("pki.certificate_state")
    await run(owned)
    line.silent.clear()
    owned.desk.clock.advance(days=1)
    await run(owned)

    assert {("skipped", "no_answer"), ("done", None)} == {
        (row.state, row.reason) for row in await owned.desk.rows(Renewal)
    }


@pytest.mark.requirement("MDOC-43", "MDOC-44")
async def test_strewn(owned: Inside, desk: Desk, provisioning: Provisioning) -> None:
    """The day's renewals are strewn over a window that ends with the day and before the end of each set."""
    spread = replace(owned, provisioning=replace(provisioning, spread=timedelta(hours=20)))
    neighbour = await accept(desk, provisioning, a_holder(seed="next"), a_phone(app_install_id="install-of-neighbour"))
    await confirmed(neighbour)
    until = (await sets(owned))[0].valid_until
    desk.clock.at = until - timedelta(hours=2)
    await run(spread)
    rows = await desk.rows(Renewal)

    assert len({row.due_at for row in rows}) == 2
    assert all(desk.clock() <= row.due_at < until for row in rows)
    desk.clock.at = until - timedelta(seconds=1)
    await run(spread)
    assert [row.state for row in await desk.rows(Renewal)] == ["done", "done"]
    assert {row.valid_from for row in await desk.rows(RecordSet) if row.replaces} == {until}


@pytest.mark.requirement("MDOC-44")
async def test_strewn_within_the_day(owned: Inside, desk: Desk, provisioning: Provisioning) -> None:
    """However wide the window, nobody's turn comes after the day whose run it is: the next one plans anew."""
    day = legal_day(await near_the_end(owned))
    desk.clock.at = end_of_day(day) - timedelta(minutes=5)
    await run(replace(owned, provisioning=replace(provisioning, spread=timedelta(hours=20))))
    (row,) = await desk.rows(Renewal)

    assert desk.clock() <= row.due_at < end_of_day(day)


async def test_a_credential_keeps_the_instant_of_its_last_step(owned: Inside) -> None:
    """A run that began before a step of another process does not set the credential back behind its own history."""
    await near_the_end(owned)
    (old,) = await sets(owned)
    owned.desk.clock.advance(seconds=5)
    for state in (Status.SUSPENDED, Status.ACTIVE):
        await step(owned, old, state)
    owned.desk.clock.advance(seconds=-5)
    await run(owned)

    (credential,) = await owned.desk.rows(HolderCredential, credential_id=old.mdoc_id)
    history = await owned.desk.rows(HolderCredentialHistory, credential_id=old.mdoc_id)
    assert credential.last_verified_at == owned.at()
    assert credential.updated_at == max(row.registered_at for row in history)
