"""Renewals that were overtaken by events, or whose worker died."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import event

from issuer.authority.models import IssuanceIntent
from issuer.errors import Code
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.record.expiry import expire_due
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import Status
from issuer.status_list.models import StatusEntry
from mdoc.status import VALUES
from mdoc.status import Status as Published
from registry.calendar import legal_day
from registry.postgres.engine import Sessions
from tests.issuer.conftest import Inside, accept
from tests.issuer.provisioning.day import (
    ask,
    near_the_end,
    published,
    rows_of_the_day,
    run,
    sets,
    step,
    suspended_by_holder,
)
from tests.issuer.provisioning.outgoing import letters, refusals
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, a_phone


@pytest.mark.requirement("MDOC-42", "MDOC-49")
@pytest.mark.parametrize(
    ("state", "reason"), [(Status.REVOKED, "lapsed"), (Status.SUPERSEDED, "superseded"), (Status.EXPIRED, "expired")]
)
async def test_ended_since_planned(owned: Inside, line: Line, state: Status, reason: str) -> None:
    """What ended after the day was planned is skipped with that reason, and JPKI is not asked about it."""
    await near_the_end(owned)
    await ask(owned, legal_day(owned.at()))
    await step(owned, (await sets(owned))[0], state)
    line.asked.clear()
    await run(owned)

    assert await rows_of_the_day(owned) == [("skipped", reason)]
    assert await refusals(owned, "issuer.renew") == [reason]
    assert not line.asked


async def test_never_reached(owned: Inside) -> None:
    """A row that no worker reached on its day is closed as missed on the next, which plans the set anew."""
    day = legal_day(await near_the_end(owned))
    await ask(owned, day)
    owned.desk.clock.advance(days=1)
    await run(owned)

    assert [(row.state, row.reason) for row in await owned.desk.rows(Renewal, day=day)] == [("skipped", "missed")]
    assert await rows_of_the_day(owned) == [("done", None)]


async def ended_unrenewed(owned: Inside) -> RecordSet:
    """Let the set end while no worker runs, and expire when one is back an hour later; return it."""
    (old,) = await sets(owned)
    owned.desk.clock.at = old.valid_until + timedelta(hours=1)
    assert await expire_due(owned.desk.sessions, owned.desk.tools, at=owned.at(), random=owned.desk.random) == 1
    return (await sets(owned))[0]


@pytest.mark.requirement("MDOC-44")
async def test_ended_before_the_run(owned: Inside) -> None:
    """An outage over the end: the set has expired, and the holder gets new records all the same (paragraph 11)."""
    old = await ended_unrenewed(owned)
    await run(owned)
    _, new = await sets(owned)
    await owned.confirm(new.mdoc_id)

    assert (old.mdoc_status, old.reissue_owed) == ("expired", True)
    assert (new.replaces, new.valid_from) == (old.mdoc_id, owned.at())
    assert [each.mdoc_status for each in await sets(owned)] == ["expired", "active"]


@pytest.mark.requirement("MDOC-49")
@pytest.mark.parametrize("days", [0, 32])
async def test_nothing_is_owed(owned: Inside, line: Line, days: int) -> None:
    """With a certificate that is revoked meanwhile, or a month later, nothing follows without an application."""
    await ended_unrenewed(owned)
    owned.desk.clock.advance(days=days)
    line.certificate = "good" if days else "revoked"
    await run(owned)

    assert await rows_of_the_day(owned) == ([] if days else [("skipped", "certificate_revoked")])
    assert len(await sets(owned)) == 1


@pytest.mark.requirement("MDOC-45", "MDOC-58")
@pytest.mark.parametrize("case", ["suspended", "card_end"])
async def test_an_end_that_is_followed_by_nothing(owned: Inside, case: str) -> None:
    """What ended suspended, or with the card, is owed nothing."""
    (old,) = await sets(owned)
    if case == "suspended":
        await suspended_by_holder(owned, old)
    else:
        async with owned.desk.sessions.begin() as session:
            row = await session.get_one(RecordSet, old.mdoc_id)
            row.card_valid_until = legal_day(row.valid_until) - timedelta(days=1)
    assert not (await ended_unrenewed(owned)).reissue_owed
    await run(owned)

    assert await rows_of_the_day(owned) == []


@pytest.mark.requirement("MDOC-32")
async def test_applied_anew_meanwhile(owned: Inside, desk: Desk, provisioning: Provisioning, holder: Holder) -> None:
    """One set per person: who has applied again since gets no second one, and what was signed is INVALID."""
    await ended_unrenewed(owned)
    other = await accept(desk, provisioning, holder, a_phone(app_install_id="install-of-the-next-phone"))
    await run(owned)

    assert await rows_of_the_day(owned) == [("skipped", Code.NOT_RENEWABLE)]
    assert len(await sets(owned)) == 1
    assert await other.issue() == 1


@pytest.mark.requirement("MDOC-43", "MDOC-46")
async def test_killed_at_any_statement(owned: Inside, sessions: Sessions) -> None:
    """
    The worker dies at its first statement, then at its second, and so on, until one comes through.

    Then there is one new set and one letter; every record that a dead worker had intended is INVALID and never leaves.
    """
    await near_the_end(owned)
    deaths = 0
    while not await _survives(owned, sessions, deaths):
        deaths += 1
        owned.desk.clock.advance(minutes=2)  # past every lease
    intents = Counter(row.state for row in await owned.desk.rows(IssuanceIntent))
    new = (await sets(owned))[1:]

    assert deaths > 30
    assert await rows_of_the_day(owned) == [("done", None)]
    assert len([one for one in await letters(owned) if one["set_id"] == str(new[0].mdoc_id)]) == len(new) == 1
    assert (intents["signed"], intents["intended"], intents["signing"]) == (4, 0, 0)
    assert await published(owned) == {VALUES[Published.VALID], VALUES[Published.INVALID]}
    invalid = [entry for entry in await owned.desk.rows(StatusEntry, decoy=False) if entry.value]
    assert len(invalid) == intents["given_up"]


class Killed(Exception):
    """From here on nothing reaches the database."""


async def _survives(owned: Inside, sessions: Sessions, statements: int) -> bool:
    """Run the worker and cut it off from the database after so many statements; tell whether it needed no more."""
    async with sessions() as session:
        connection = (await session.connection()).sync_connection
    assert connection is not None
    left = [statements]

    def cut(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        left[0] -= 1
        if left[0] < 0 and not statement.startswith("ROLLBACK"):  # a server rolls back what a dead client had begun
            raise Killed

    event.listen(connection, "before_cursor_execute", cut)
    try:
        await run(owned)
    except Killed:
        return False
    finally:
        event.remove(connection, "before_cursor_execute", cut)
    return left[0] >= 0
