"""Publication: always fresh, always signed by the status signer, always true."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import NullPool
from sqlalchemy.orm import Session
from sqlalchemy.util import await_only

from issuer.status_list import publication
from issuer.status_list.allocation import Place, allocate
from issuer.status_list.entries import set_status
from issuer.status_list.models import StatusEntry, StatusToken
from issuer.status_list.packed import PackedLists
from issuer.status_list.publication import Publisher, lists_due, publish
from issuer.status_list.token import current, current_at
from issuer.store import DATABASE
from mdoc.errors import StatusTokenRefused
from mdoc.status import Status, evaluate
from registry.postgres.at_commit import at_commit
from registry.postgres.engine import Sessions, open_engine, open_sessions
from tests.issuer.conftest import PLAN
from tests.issuer.status_list.publishing import publish_due
from tests.support.clock import START, FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy


@pytest.fixture
async def places(sessions: Sessions) -> list[Place]:
    """The places of a set of three records."""
    async with sessions.begin() as session:
        return await allocate(session, 3, plan=PLAN, random=SeededBytes(), at=START)


async def statuses(sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock) -> set[Status]:
    """What a relying party hears about the places."""
    async with sessions() as session:
        tokens = [await current_at(session, place.uri, clock()) for place in places]
    return {
        evaluate(place.reference, token, trust=publisher.trust, at=clock())[0]
        for place, token in zip(places, tokens, strict=True)
    }


@pytest.mark.requirement("MDOC-39", "MDOC-54")
async def test_follows_entries(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> None:
    """What an act sets is in the next token, at the same instant; before the first token nothing is claimed."""
    heard = [await statuses(sessions, places, publisher, clock)]
    await publish_due(sessions, publisher, at=clock())
    heard.append(await statuses(sessions, places, publisher, clock))
    for status in (Status.SUSPENDED, Status.VALID, Status.INVALID):
        async with sessions.begin() as session:
            await set_status(session, [(place.list_id, place.idx) for place in places], status)
        await publish_due(sessions, publisher, at=clock())
        heard.append(await statuses(sessions, places, publisher, clock))

    assert [
        {Status.UNDETERMINED},
        {Status.VALID},
        {Status.SUSPENDED},
        {Status.VALID},
        {Status.INVALID},
    ] == heard


async def test_only_what_is_due(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> None:
    """A list that has not changed is published again at half of its token's life, and not before."""
    assert await publish_due(sessions, publisher, at=clock()) == 2
    assert await publish_due(sessions, publisher, at=clock.advance(minutes=14)) == 0
    assert await publish_due(sessions, publisher, at=clock.advance(minutes=1)) == 2
    assert await publish_due(sessions, publisher, at=clock()) == 0
    assert {Status.VALID} == await statuses(sessions, places, publisher, clock)


async def test_expired_token_is_not_served(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> None:
    """When publication has stood still until exp, nothing is served, and nobody is called revoked."""
    await publish_due(sessions, publisher, at=clock())
    clock.advance(minutes=30)
    async with sessions() as session:
        assert await current(session, places[0].list_id, clock()) is None

    assert {Status.UNDETERMINED} == await statuses(sessions, places, publisher, clock)


async def test_other_lists(sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock) -> None:
    """A list that is not ours has no token here."""
    await publish_due(sessions, publisher, at=clock())
    async with sessions() as session:
        assert await current_at(session, f"{places[0].uri}0", clock()) is None


async def test_wrong_signer(sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock) -> None:
    """A token that our own reader would not believe, here by a document signer, is never stored (D11)."""
    pki = hierarchy()
    wrong = replace(publisher, sign=pki.signer("document_signer").sign, chain=pki.chain("document_signer"))

    with pytest.raises(StatusTokenRefused):
        await publish_due(sessions, wrong, at=clock())
    async with sessions() as session:
        assert await session.get(StatusToken, places[0].list_id) is None


async def test_a_later_token_stays(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> None:
    """A publisher that was overtaken while it signed stores nothing over what came later, also by the clock alone."""
    due = await lists_due(sessions, at=clock())
    place = places[0]
    async with sessions.begin() as session:
        await set_status(session, [(place.list_id, place.idx)], Status.SUSPENDED)
    assert await publish_due(sessions, replace(publisher, arrays=PackedLists()), at=clock()) == 2
    assert await publish(sessions, due, publisher, at=clock()) == 0
    assert await publish(sessions, [one._replace(version=9) for one in due], publisher, at=clock()) == 2
    assert await publish(sessions, [one._replace(version=9) for one in due], publisher, at=clock()) == 0
    later = clock.advance(seconds=1)
    assert await publish(sessions, [one._replace(version=9) for one in due], publisher, at=later) == 2
    assert {Status.SUSPENDED} == await statuses(sessions, [place], publisher, clock)


class Halt:
    """The last work of a transaction that stands still right before its commit, until it may go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go = asyncio.Event()

    def __call__(self, session: Session) -> None:
        """Stand still."""
        del session
        self.reached.set()
        await_only(self.go.wait())


@pytest.mark.requirement("MDOC-54", "MDOC-56")
async def test_an_act_in_its_commit(fresh_databases: FreshDatabases, publisher: Publisher, clock: FrozenClock) -> None:
    """A token made while an act commits does not pass for one that holds it; it is due at once, and then it does."""
    engine, halt = open_engine(fresh_databases([DATABASE])["issuer"].app, poolclass=NullPool), Halt()
    sessions = open_sessions(engine)
    async with sessions.begin() as session:
        (place,) = await allocate(session, 1, plan=PLAN, random=SeededBytes(), at=START)

    async def act() -> None:
        async with sessions.begin() as session:
            await set_status(session, [(place.list_id, place.idx)], Status.SUSPENDED)
            await at_commit(session, lambda: halt)

    acting = asyncio.create_task(act())
    async with asyncio.timeout(10):  # and the publisher waits for nobody
        await halt.reached.wait()
        assert await publish_due(sessions, publisher, at=clock()) == 2
        halt.go.set()
        await acting
    assert {Status.VALID} == await statuses(sessions, [place], publisher, clock)
    assert await claimed(sessions, place) == (1, 2)
    assert await publish_due(sessions, publisher, at=clock()) == 1
    assert {Status.SUSPENDED} == await statuses(sessions, [place], publisher, clock)
    assert await claimed(sessions, place) == (2, 2)
    await engine.dispose()


async def claimed(sessions: Sessions, place: Place) -> tuple[int, int]:
    """Up to which version the token of a list holds every act, and the version of the last act on a place."""
    async with sessions() as session:
        token = await session.get_one(StatusToken, place.list_id)
        entry = await session.get_one(StatusEntry, (place.list_id, place.idx))
    return token.version, entry.changed


async def test_an_act_while_lists_are_read(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> None:
    """An act that commits after the versions were read may be in the token early; it is published under its own too."""
    due = await lists_due(sessions, at=clock())
    async with sessions.begin() as session:
        await set_status(session, [(place.list_id, place.idx) for place in places], Status.SUSPENDED)
    assert await publish(sessions, due, publisher, at=clock()) == 2
    assert {Status.SUSPENDED} == await statuses(sessions, places, publisher, clock)
    assert [await claimed(sessions, place) for place in places] == [(1, 2)] * 3
    assert await publish_due(sessions, publisher, at=clock()) == len({place.list_id for place in places})
    assert [await claimed(sessions, place) for place in places] == [(2, 2)] * 3


async def test_more_lists_than_are_held_together(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every list is published, however many are in memory at once."""
    monkeypatch.setattr(publication, "AT_ONCE", 1)
    assert await publish_due(sessions, publisher, at=clock()) == 2
    assert await statuses(sessions, places, publisher, clock) == {Status.VALID}


@pytest.mark.parametrize(("ttl", "minutes"), [(61, 30), (0, 30), (45, 1)])
def test_terms(publisher: Publisher, ttl: int, minutes: int) -> None:
    """A ttl beyond a minute, none at all, or one beyond half the lifetime is refused at start-up (D11)."""
    with pytest.raises(ValueError, match="60 seconds"):
        replace(publisher, ttl=ttl, lifetime=timedelta(minutes=minutes))


async def test_each_root_publishes_its_own_lists(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> None:
    """Lists of a root are signed by its signer alone; lists that name none are those of the first root."""
    async with sessions.begin() as session:
        later = await allocate(session, 3, plan=replace(PLAN, root="new"), random=SeededBytes("later"), at=START)
    assert {place.list_id for place in places}.isdisjoint(place.list_id for place in later)
    for root, count in (("other", 0), ("new", 2), ("first", 2)):
        assert await publish_due(sessions, replace(publisher, root=root, first_root="first"), at=clock()) == count
    assert await publish_due(sessions, publisher, at=clock()) == 0
