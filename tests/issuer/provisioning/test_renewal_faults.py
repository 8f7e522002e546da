"""Renewals that were overtaken by events, or whose worker died."""

from collections import Counter

import pytest
from sqlalchemy import event

from issuer.authority.models import IssuanceIntent
from issuer.provisioning.models import Renewal
from issuer.smp.record.states import Status
from issuer.status_list.models import StatusEntry
from mdoc.status import VALUES
from mdoc.status import Status as Published
from registry.calendar import legal_day
from registry.postgres.engine import Sessions
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import (
    ask,
    near_the_end,
    published,
    rows_of_the_day,
    run,
    sets,
    step,
)
from tests.issuer.provisioning.outgoing import letters, refusals
from tests.issuer.smp.conftest import Line


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
