"""Places in status lists: random, unique, over several lists."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import select
from sqlalchemy.pool import NullPool

from issuer.status_list import allocation
from issuer.status_list.allocation import ListPlan, Place, allocate
from issuer.status_list.models import StatusEntry, StatusList
from issuer.store import DATABASE
from mdoc.mso import StatusReference
from registry.postgres.engine import Sessions, open_engine, open_sessions
from tests.support.clock import START
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes

PLAN = ListPlan("https://smp.test/status-lists", size=256, open_lists=2, decoy_share=16)


async def take(sessions: Sessions, count: int, plan: ListPlan = PLAN, random: SeededBytes | None = None) -> list[Place]:
    """Take places in a transaction of its own."""
    async with sessions.begin() as session:
        return await allocate(session, count, plan=plan, random=random or SeededBytes(), at=START)


async def rows(sessions: Sessions, table: type[StatusList] | type[StatusEntry], **where: object) -> list[object]:
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
    decoys = {(one.list_id, one.idx): one.value for one in await rows(sessions, StatusEntry, decoy=True)}  # type: ignore[attr-defined]

    assert len(decoys) > 16
    assert {1, 2} == set(decoys.values())
    assert not decoys.keys() & {(place.list_id, place.idx) for place in places}


async def test_full_lists_close(sessions: Sessions) -> None:
    """A list that is half full closes and another opens; what was given stays where it is."""
    random = SeededBytes()
    first = await take(sessions, 200, random=random)
    later = await take(sessions, 200, random=random)
    states = Counter(one.state for one in await rows(sessions, StatusList))  # type: ignore[attr-defined]

    assert len({(place.list_id, place.idx) for place in [*first, *later]}) == 400
    assert states["closed"] >= 2
    assert states["open"] == 2


async def test_no_place(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan without room ends in an error and not in an endless search."""
    monkeypatch.setattr(allocation, "_ROUNDS", 3)
    with pytest.raises(RuntimeError, match="no free place"):
        await take(sessions, 100, ListPlan("https://smp.test/status-lists", size=8, open_lists=1, decoy_share=8))


async def test_concurrency(fresh_databases: FreshDatabases) -> None:
    """Transactions beside each other never get the same place, even in lists that are nearly full."""
    engine = open_engine(fresh_databases([DATABASE])["issuer"].app, poolclass=NullPool)
    sessions = open_sessions(engine)
    plan = ListPlan("https://smp.test/status-lists", size=128, open_lists=2, decoy_share=16)
    taken = await asyncio.gather(*(take(sessions, 12, plan, SeededBytes(str(n % 3))) for n in range(9)))
    places = [(place.list_id, place.idx) for some in taken for place in some]
    await engine.dispose()

    assert 108 == len(places) == len(set(places))
