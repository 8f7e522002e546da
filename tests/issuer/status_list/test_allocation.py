"""Places in status lists: random, unique, over several lists."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import chain, count
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from issuer.status_list import allocation
from issuer.status_list.allocation import Place, allocate
from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from issuer.status_list.opening import Random
from issuer.status_list.plan import ListPlan
from issuer.store import DATABASE
from mdoc.mso import StatusReference
from registry.postgres.engine import Sessions
from tests.support.clock import START
from tests.support.database import FreshDatabases, opened
from tests.support.entropy import SeededBytes

PLAN = ListPlan("https://smp.test", size=256, open_lists=2, decoy_share=16)
MDL = replace(PLAN, doc_type="org.iso.18013.5.1.mDL")


async def take(sessions: Sessions, count: int, plan: ListPlan = PLAN, random: Random | None = None) -> list[Place]:
    """Take places in a transaction of its own."""
    async with sessions.begin() as session:
        return await allocate(session, count, plan=plan, random=random or SeededBytes(), at=START)


async def rows(sessions: Sessions, table: Any, **where: object) -> list[Any]:
    """Every row of a table."""
    async with sessions() as session:
        return list((await session.scalars(select(table).filter_by(**where))).all())


async def test_places(sessions: Sessions) -> None:
    """Places are unique, lie in several open lists and in no order that tells when they were given."""
    places = await take(sessions, 40)

    assert len({(place.list_id, place.idx) for place in places}) == 40
    assert len(Counter(place.list_id for place in places)) == 2
    for list_id in {place.list_id for place in places}:
        assert max(place.idx for place in places if place.list_id == list_id) > 40


async def test_reference(sessions: Sessions) -> None:
    """A record points at the list's public address and its index."""
    (place,) = await take(sessions, 1)

    assert StatusReference(f"https://smp.test/status-lists/{place.list_id}", place.idx) == place.reference


async def test_decoys(sessions: Sessions) -> None:
    """An opened list has decoys that say INVALID or SUSPENDED and are never given to a record."""
    places = await take(sessions, 100)
    decoys = {(one.list_id, one.idx): one.value for one in await rows(sessions, StatusEntry, decoy=True)}

    assert len(decoys) > 16
    assert {1, 2} == set(decoys.values())
    assert not decoys.keys() & {(place.list_id, place.idx) for place in places}


async def test_full_lists_close(sessions: Sessions) -> None:
    """A list that is half full closes and another opens; what was given stays where it is."""
    random = SeededBytes()
    first = await take(sessions, 200, random=random)
    later = await take(sessions, 200, random=random)
    states = Counter(one.state for one in await rows(sessions, StatusList))

    assert len({(place.list_id, place.idx) for place in [*first, *later]}) == 400
    assert states["closed"] >= 2
    assert states["open"] == 2


async def test_no_place(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan without room ends in an error and not in an endless search."""
    monkeypatch.setattr(allocation, "_ROUNDS", 3)
    with pytest.raises(RuntimeError, match="no free place"):
        await take(sessions, 100, ListPlan("https://smp.test", size=8, open_lists=1, decoy_share=8))


@pytest.fixture
async def connections(fresh_databases: FreshDatabases) -> AsyncIterator[Sessions]:
    """Sessions with a real connection each, on a database of this test's own."""
    async with opened(fresh_databases([DATABASE])["issuer"].app) as made:
        yield made


@pytest.mark.parametrize("plan", [PLAN, MDL])
async def test_race(connections: Sessions, plan: ListPlan) -> None:
    """Who draws a place or an identifier that another transaction holds waits for it, and draws again."""
    await take(connections, 1, plan, SeededBytes("opening"))
    async with connections() as first, first.begin():
        held = await allocate(first, 5, plan=plan, random=SeededBytes("same"), at=START)
        rival = asyncio.create_task(take(connections, 5, plan, SeededBytes("same")))
        await asyncio.sleep(0.2)
        waited = not rival.done()
    won = await rival
    assert waited
    assert not {(one.list_id, one.idx) for one in held} & {(one.list_id, one.idx) for one in won}
    assert not {one.identifier.identifier for one in held if one.identifier} & {
        one.identifier.identifier for one in won if one.identifier
    }


def drawing(place: int, later: int) -> Random:
    """Chance that draws one place of the only list, and then those from `later` on."""
    words = chain((0, place), count(later))  # which list, and which place of it
    return lambda size: next(words).to_bytes(size)


async def test_crossing(connections: Sessions) -> None:
    """Of two that hold what the other draws next, one lets go of what it drew since and draws again."""
    plan = replace(PLAN, open_lists=1)
    await take(connections, 1, plan)
    met = asyncio.Barrier(2)

    async def draws(own: int, others: int, later: int) -> set[int]:
        async with connections.begin() as session:
            one = await allocate(session, 1, plan=plan, random=drawing(own, later), at=START)
            await met.wait()
            two = await allocate(session, 1, plan=plan, random=drawing(others, later), at=START)
        return {place.idx for place in (*one, *two)}

    first, second = await asyncio.gather(draws(51, 52, 100), draws(52, 51, 180))
    assert (len(first | second), 51 in first, 52 in second) == (4, True, True)


@pytest.mark.parametrize("table", ["status_entry", "identifier_entry"])
async def test_unique(sessions: Sessions, table: str) -> None:
    """The database itself refuses a place or an identifier that was given already."""
    await take(sessions, 1, MDL)
    copied = {
        "status_entry": "INSERT INTO status_entry SELECT * FROM status_entry WHERE NOT decoy",
        "identifier_entry": "INSERT INTO identifier_entry SELECT * FROM identifier_entry WHERE idx IS NOT NULL",
    }
    with pytest.raises(IntegrityError):
        async with sessions.begin() as session:
            await session.execute(text(copied[table]))


async def test_identifiers(sessions: Sessions) -> None:
    """A record of the mDL has one place and one random identifier, in the list beside that of its place."""
    places = await take(sessions, 40, MDL)
    named = [place.identifier for place in places if place.identifier]
    lists = {one.list_id: one for one in await rows(sessions, StatusList)}
    beside = {lists[place.list_id].identifier_list_id for place in places}

    assert {len(one.identifier) for one in named} == {16}
    assert len({one.identifier for one in named}) == 40
    assert {lists[each].uri for each in beside} == {one.uri for one in named}
    assert all(one.uri.startswith("https://smp.test/identifier-lists/") for one in named)
    entries = {one.identifier: one for one in await rows(sessions, IdentifierEntry)}
    for place in places:
        assert place.identifier is not None
        entry: Any = entries[place.identifier.identifier]
        assert (entry.status_list_id, entry.idx, entry.revoked) == (place.list_id, place.idx, False)


async def test_identifier_drawn_twice(sessions: Sessions) -> None:
    """An identifier that exists already, here one of a decoy, is never given: the next one is."""
    await take(sessions, 1, MDL)
    taken: Any = (await rows(sessions, IdentifierEntry, revoked=True))[0]
    draws = iter([taken.identifier, b"\x07" * 16])

    def random(count: int) -> bytes:
        return next(draws) if count == 16 else SeededBytes("other")(count)

    (place,) = await take(sessions, 1, MDL, random)
    assert place.identifier is not None
    assert place.identifier.identifier == b"\x07" * 16


async def test_no_identifier(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source of chance that only repeats itself ends in an error and not in an endless search."""
    await take(sessions, 1, MDL)
    taken: Any = (await rows(sessions, IdentifierEntry, revoked=True))[0]
    fresh = SeededBytes("other")
    with pytest.raises(RuntimeError, match="no identifier"):
        await take(sessions, 1, MDL, lambda count: taken.identifier if count == 16 else fresh(count))


async def test_doc_types_apart(sessions: Sessions) -> None:
    """Each docType has its own lists: two bits for the domestic one, one bit and identifiers for the mDL (D11)."""
    domestic, mdl = await take(sessions, 10), await take(sessions, 10, MDL, SeededBytes("mdl"))
    lists = {one.list_id: one for one in await rows(sessions, StatusList)}

    assert {(lists[one.list_id].doc_type, lists[one.list_id].bits) for one in domestic} == {(PLAN.doc_type, 2)}
    assert {(lists[one.list_id].doc_type, lists[one.list_id].bits) for one in mdl} == {(MDL.doc_type, 1)}
    assert [one.identifier for one in domestic] == [None] * 10
    values = {one.value for one in await rows(sessions, StatusEntry, decoy=True) if lists[one.list_id].bits == 1}
    assert values == {1}


async def test_concurrency(connections: Sessions) -> None:
    """Transactions beside each other never get the same place, even in lists that are nearly full."""
    plan = replace(PLAN, size=128)
    taken = await asyncio.gather(*(take(connections, 12, plan, SeededBytes(str(n % 3))) for n in range(9)))
    places = [(place.list_id, place.idx) for some in taken for place in some]

    assert 108 == len(places) == len(set(places))
