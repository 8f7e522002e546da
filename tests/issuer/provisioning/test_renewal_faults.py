"""Renewals that were overtaken by events, or whose worker died."""

from collections import Counter
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import event

from issuer.authority.claims import IssueRequest
from issuer.authority.intents import record_intents
from issuer.authority.models import IssuanceIntent
from issuer.errors import Code
from issuer.provisioning.models import Renewal
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.record.expiry import expire_due
from issuer.smp.record.models import RecordSet
from issuer.smp.record.states import Status
from issuer.status_list.models import StatusEntry
from mdoc.status import VALUES
from mdoc.status import Status as Published
from registry.calendar import legal_day
from registry.postgres.engine import Sessions
from tests.issuer.conftest import Inside, accept
from tests.issuer.issuing import claim_alone
from tests.issuer.provisioning.day import (
    ask,
    confirmed,
    near_the_end,
    published,
    rows_of_the_day,
    run,
    sets,
    step,
    suspended_by_holder,
    today,
)
from tests.issuer.provisioning.outgoing import letters, refusals
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, a_holder, a_phone, issue_content, signed


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


async def test_suspended_after_a_worker_died_over_it(owned: Inside) -> None:
    """What a worker had begun to sign when it died is given up once the set is skipped: nothing is left under way."""
    await near_the_end(owned)
    await ask(owned, legal_day(owned.at()))
    (old,) = await sets(owned)
    authority, at = owned.provisioning.authority, owned.at()
    request = IssueRequest(old.application_id, replaces=old.mdoc_id, continues=old.valid_until)
    claimed = await claim_alone(request, at=at, authority=authority)
    await record_intents(claimed, at=at, authority=authority)
    await step(owned, old, Status.SUSPENDED)
    owned.desk.clock.advance(minutes=5)
    await run(owned)

    assert await rows_of_the_day(owned) == [("skipped", "suspended")]
    given_up = await owned.desk.rows(IssuanceIntent, subject_id=old.mdoc_id)
    assert {intent.state for intent in given_up} == {"given_up"}


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
    assert (new.replaces, new.valid_from) == (old.mdoc_id, today(owned))
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


async def three(owned: Inside, spoilt: bytes) -> list[Inside]:
    """Three holders whose sets end on the same day; the stored message of the second is not what it was."""
    holders = [owned]
    for name in ("second", "third"):
        made = await accept(
            owned.desk, owned.provisioning, a_holder(seed=name), a_phone(app_install_id=f"installation-of-{name}")
        )
        holders.append(await confirmed(made))
    async with owned.desk.sessions.begin() as session:
        row = await session.get_one(Application, holders[1].application_id)
        row.digital_signature = spoilt
    await near_the_end(owned)
    return holders


def forged(owned: Inside) -> bytes:
    """A stored message that opens and whose signature does not fit."""
    content = issue_content(owned.holder, owned.phone, owned.desk.nonce())
    message = signed(owned.holder, msgspec.json.encode(content), digest=bytes(32))
    return owned.desk.tools.sealer.seal(message, "mdoc_application.digital_signature")


async def outcome(owned: Inside) -> list[tuple[str, str | None]]:
    """What became of one holder's renewal."""
    ids = {one.mdoc_id for one in await sets(owned)}
    return [(row.state, row.reason) for row in await owned.desk.rows(Renewal) if row.set_id in ids]


@pytest.mark.requirement("MDOC-46", "MDOC-49")
@pytest.mark.parametrize("case", ["refused", "unforeseen"])
async def test_one_of_a_shard_fails(owned: Inside, case: str) -> None:
    """One bad set holds up nobody: it is left with its reason, the others of its shard are renewed in the same run."""
    first, second, third = await three(owned, forged(owned) if case == "refused" else bytes(64))
    await run(owned)

    expected = ("skipped", Code.HOLDER_SIGNATURE) if case == "refused" else ("planned", "failed")
    assert [await outcome(one) for one in (first, second, third)] == [[("done", None)], [expected], [("done", None)]]
    assert [len(await sets(one)) for one in (first, second, third)] == [2, 1, 2]
    assert await refusals(owned, "issuer.renew") == ([Code.HOLDER_SIGNATURE] if case == "refused" else [])


@pytest.mark.requirement("MDOC-43", "MDOC-46")
async def test_killed_at_any_statement(owned: Inside, sessions: Sessions) -> None:
    """
    The worker dies at its first statement, then at its second, and so on, until one comes through.

    It works on three sets, one of which is refused. Then the others have one new set and one letter each; every record
    that a dead worker had intended is INVALID and never leaves.
    """
    holders = await three(owned, forged(owned))
    deaths = 0
    while not await _survives(owned, sessions, deaths):
        deaths += 1
        owned.desk.clock.advance(minutes=2)  # past every lease
    intents = Counter(row.state for row in await owned.desk.rows(IssuanceIntent))

    assert deaths > 30
    for holder, new, became in zip(holders, (1, 0, 1), ("done", "skipped", "done"), strict=True):
        made = (await sets(holder))[1:]
        sent = [one["set_id"] for one in await letters(holder)][1:]
        assert sent == [str(one.mdoc_id) for one in made]
        assert len(made) == new
        assert [state for state, _ in await outcome(holder)] == [became]
    assert (intents["signed"], intents["intended"]) == (10, 0)
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
