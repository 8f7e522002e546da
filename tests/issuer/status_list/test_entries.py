"""Changing what a list says."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.errors import Code, IssuerError
from issuer.status_list.allocation import Place, allocate
from issuer.status_list.entries import set_status
from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from issuer.store import DATABASE
from mdoc.status import VALUES, Status
from registry.postgres.engine import Sessions
from tests.issuer.conftest import PLAN
from tests.support.clock import START
from tests.support.database import FreshDatabases, opened
from tests.support.entropy import SeededBytes


@pytest.fixture
async def places(sessions: Sessions) -> list[Place]:
    """The places of a set of three records."""
    async with sessions.begin() as session:
        return await allocate(session, 3, plan=PLAN, random=SeededBytes(), at=START)


async def change(sessions: Sessions, places: list[Place], status: Status) -> None:
    """Set every place in a transaction of its own."""
    async with sessions.begin() as session:
        await set_status(session, [(place.list_id, place.idx) for place in places], status)


async def values(sessions: Sessions, places: list[Place]) -> list[int]:
    """What the entries say."""
    async with sessions() as session:
        return [(await session.get_one(StatusEntry, (place.list_id, place.idx))).value for place in places]


async def versions(sessions: Sessions) -> int:
    """How many changes the lists have counted."""
    async with sessions() as session:
        return sum(await session.scalars(select(StatusList.version)))


@pytest.mark.requirement("MDOC-39", "MDOC-54")
@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.INVALID])
async def test_all_of_a_set(sessions: Sessions, places: list[Place], status: Status) -> None:
    """Every record of a set is suspended or revoked together, and its lists know that they must be published."""
    before = await versions(sessions)
    await change(sessions, places, status)

    assert [VALUES[status]] * 3 == await values(sessions, places)
    assert await versions(sessions) > before


async def test_released(sessions: Sessions, places: list[Place]) -> None:
    """What is suspended can become valid again."""
    await change(sessions, places, Status.SUSPENDED)
    await change(sessions, places, Status.VALID)

    assert [VALUES[Status.VALID]] * 3 == await values(sessions, places)


@pytest.mark.requirement("MDOC-42")
@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.VALID])
async def test_final(sessions: Sessions, places: list[Place], status: Status) -> None:
    """What is invalid stays invalid: anything else is refused, for the whole set; saying it again is harmless."""
    await change(sessions, places[:1], Status.INVALID)
    with pytest.raises(IssuerError) as refusal:
        await change(sessions, places, status)
    await change(sessions, places[:1], Status.INVALID)

    assert refusal.value.code == Code.RECORD_LAPSED
    assert [VALUES[Status.INVALID], 0, 0] == await values(sessions, places)


async def test_not_ours(sessions: Sessions, places: list[Place]) -> None:
    """A place that was never given, and a decoy, cannot be set."""
    async with sessions() as session:
        decoy = (await session.scalars(select(StatusEntry).where(StatusEntry.decoy))).first()
    assert decoy is not None
    for place in (Place(decoy.list_id, decoy.idx, ""), Place(UUID(int=1), 1, "")):
        with pytest.raises(LookupError):
            await change(sessions, [*places, place], Status.INVALID)

    assert await values(sessions, places) == [0, 0, 0]


MDL = replace(PLAN, doc_type="org.iso.18013.5.1.mDL")


async def revoked(sessions: Sessions, places: list[Place]) -> list[bool]:
    """Whether the identifier list names the record of each place."""
    values = [place.identifier.identifier for place in places if place.identifier]
    async with sessions() as session:
        return [(await session.get_one(IdentifierEntry, value)).revoked for value in values]


async def test_one_bit_knows_no_suspension(sessions: Sessions) -> None:
    """A suspended mDL stays VALID in its list, and nothing is published for it (12.3.6.5); revoked, it is INVALID."""
    async with sessions.begin() as session:
        places = await allocate(session, 3, plan=MDL, random=SeededBytes(), at=START)
    before = await versions(sessions)
    await change(sessions, places, Status.SUSPENDED)
    assert (await values(sessions, places), await revoked(sessions, places)) == ([0, 0, 0], [False] * 3)
    assert await versions(sessions) == before

    await change(sessions, places[:2], Status.INVALID)
    assert (await values(sessions, places), await revoked(sessions, places)) == ([1, 1, 0], [True, True, False])
    with pytest.raises(IssuerError):
        await change(sessions, places, Status.SUSPENDED)


async def test_identifier_list_is_published_again(sessions: Sessions) -> None:
    """Naming an identifier counts as a change of its list, so that it is published with the status list."""
    async with sessions.begin() as session:
        (place,) = await allocate(session, 1, plan=MDL, random=SeededBytes(), at=START)
    await change(sessions, [place], Status.INVALID)
    async with sessions() as session:
        status_list = await session.get_one(StatusList, place.list_id)
        identifiers = await session.get_one(StatusList, status_list.identifier_list_id)
        assert (status_list.version, identifiers.version) == (2, 2)


async def test_said_again(sessions: Sessions, places: list[Place]) -> None:
    """Saying what the lists say already changes and publishes nothing."""
    await change(sessions, places, Status.SUSPENDED)
    before = await versions(sessions)
    await change(sessions, places, Status.SUSPENDED)
    assert await versions(sessions) == before


@pytest.fixture
async def connected(fresh_databases: FreshDatabases) -> AsyncIterator[Sessions]:
    """Sessions each of which has a connection of its own."""
    async with opened(fresh_databases([DATABASE])["issuer"].app) as made:
        yield made


async def of_one_list(sessions: Sessions) -> list[Place]:
    """Three places of the same list."""
    async with sessions.begin() as session:
        return await allocate(session, 3, plan=replace(PLAN, open_lists=1), random=SeededBytes(), at=START)


async def test_acts_do_not_wait_for_each_other(connected: Sessions) -> None:
    """An act that has not committed holds up neither one on other records of the list nor the giving of places."""
    places = await of_one_list(connected)
    async with connected() as session, session.begin():
        await set_status(session, [(places[0].list_id, places[0].idx)], Status.SUSPENDED)
        async with asyncio.timeout(1):
            await change(connected, places[1:2], Status.INVALID)
        async with connected.begin() as other:
            await allocate(other, 3, plan=replace(PLAN, open_lists=1), random=SeededBytes("other"), at=START)
    assert await values(connected, places) == [2, 1, 0]
    async with connected() as session:
        journal = [(await session.get_one(StatusEntry, (one.list_id, one.idx))).changed for one in places]
    assert journal == [3, 2, 0]  # the one that committed first has the lower version


@pytest.mark.requirement("MDOC-42")
async def test_the_same_record_waits(connected: Sessions) -> None:
    """Two acts on one place are decided one after the other: what lapsed meanwhile is not suspended."""
    places = await of_one_list(connected)
    async with connected() as session, session.begin():
        await set_status(session, [(places[0].list_id, places[0].idx)], Status.INVALID)
        waiting = asyncio.create_task(change(connected, places[:1], Status.SUSPENDED))
        await asyncio.sleep(0.1)
        assert not waiting.done()
    with pytest.raises(IssuerError):
        await waiting
    assert await values(connected, places) == [1, 0, 0]


async def test_twice_in_one_act(sessions: Sessions, places: list[Place]) -> None:
    """An act that suspends and then revokes leaves INVALID behind; the other way round it is refused."""
    keys = [(place.list_id, place.idx) for place in places]
    async with sessions.begin() as session:
        await set_status(session, keys, Status.SUSPENDED)
        await set_status(session, keys[:1], Status.INVALID)
        with pytest.raises(IssuerError):
            await set_status(session, keys[:1], Status.SUSPENDED)
    assert await values(sessions, places) == [1, 2, 2]
