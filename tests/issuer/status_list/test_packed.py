"""What a publisher remembers is what the database says, whatever happens in between."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from issuer.status_list.allocation import Place, allocate
from issuer.status_list.entries import set_status
from issuer.status_list.models import StatusEntry, StatusList
from issuer.status_list.packed import BELIEVED, DueList, PackedLists, Remembered
from issuer.status_list.plan import ListPlan
from issuer.status_list.publication import Publisher
from issuer.status_list.token import current_at
from mdoc.status import VALUES, Status
from mdoc.status_list import get, pack
from mdoc.status_token import read_status_list
from registry.postgres.engine import Sessions
from tests.issuer.conftest import PLAN
from tests.issuer.status_list.publishing import publish_due
from tests.support.clock import START, FrozenClock
from tests.support.entropy import SeededBytes

SMALL = replace(PLAN, size=64, open_lists=1, decoy_share=16)


async def take(
    sessions: Sessions, count: int, plan: ListPlan = SMALL, random: SeededBytes | None = None
) -> list[Place]:
    """Take places in a transaction of its own."""
    async with sessions.begin() as session:
        return await allocate(session, count, plan=plan, random=random or SeededBytes(), at=START)


async def array(
    sessions: Sessions, arrays: PackedLists, place: Place, *, at: datetime = START, anew: bool = False
) -> bytes:
    """The array of a list as a publisher has it."""
    async with sessions() as session:
        row = await session.get_one(StatusList, place.list_id, populate_existing=True)
        due = DueList(row.list_id, row.uri, row.mechanism, row.bits, row.size, row.version, row.root, anew)
        return (await arrays.at_versions(session, [due], at))[row.list_id]


async def truth(sessions: Sessions, place: Place) -> bytes:
    """The array of a list as its rows have it, without any journal."""
    async with sessions() as session:
        rows = await session.execute(
            select(StatusEntry.idx, StatusEntry.value).where(StatusEntry.list_id == place.list_id)
        )
        values = {row[0]: row[1] for row in rows}
    return pack([values.get(index, 0) for index in range(SMALL.size)], 2)


async def change(sessions: Sessions, places: list[Place], status: Status) -> None:
    """Set places in a transaction of its own."""
    async with sessions.begin() as session:
        await set_status(session, [(place.list_id, place.idx) for place in places], status)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.sets(st.integers(0, 11), min_size=1), st.sampled_from([0, 1, 2])),
        st.tuples(st.just("undone"), st.sets(st.integers(0, 11), min_size=1), st.sampled_from([0, 1, 2])),
        st.sampled_from([("publish",), ("forget",), ("other",)]),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_against_a_plain_list(
    sessions: Sessions,
    publisher: Publisher,
    clock: FrozenClock,
    entropy: SeededBytes,
    steps: list[tuple[Any, ...]],
) -> None:
    """Two publishers, acts that are undone, and processes that die: every token is the plain list of the model."""
    places = await take(sessions, 12, random=entropy)
    places = [place for place in places if place.list_id == places[0].list_id]
    model = dict.fromkeys(places, 0)
    publishers = {"publish": publisher, "other": replace(publisher, arrays=PackedLists())}
    for kind, *details in [*steps, ("publish",)]:
        if kind in publishers:
            await publish_due(sessions, publishers[kind], at=clock())
            assert await published(sessions, places, publisher, clock) == model
        elif kind == "forget":
            publishers["publish"] = replace(publisher, arrays=PackedLists())
        else:
            await act(sessions, model, places, *details, undone=kind == "undone")


async def act(
    sessions: Sessions, model: dict[Place, int], places: list[Place], chosen: set[int], value: int, *, undone: bool
) -> None:
    """Set some places, in the model too unless the act is undone or refused."""
    wanted = [places[number % len(places)] for number in chosen]
    status = next(status for status, number in VALUES.items() if number == value)
    if value != VALUES[Status.INVALID] and any(model[place] == VALUES[Status.INVALID] for place in wanted):
        return
    async with sessions() as session, session.begin() as transaction:
        await set_status(session, [(place.list_id, place.idx) for place in wanted], status)
        if undone:
            await transaction.rollback()
    if not undone:
        model.update(dict.fromkeys(wanted, value))


async def published(
    sessions: Sessions, places: list[Place], publisher: Publisher, clock: FrozenClock
) -> dict[Place, int]:
    """What the published token says of each place."""
    async with sessions() as session:
        token = await current_at(session, places[0].uri, clock())
    assert token is not None
    found = read_status_list(token, trust=publisher.trust, at=clock(), uri=places[0].uri)
    return {place: found.value(place.idx) for place in places}


async def test_only_what_changed_is_read(sessions: Sessions) -> None:
    """A place that was changed behind the journal's back is not seen until memory is read anew."""
    places = await take(sessions, 4)
    arrays = PackedLists()
    await array(sessions, arrays, places[0])
    await change(sessions, places[:1], Status.INVALID)
    async with sessions.begin() as session:
        hidden = (StatusEntry.list_id == places[1].list_id, StatusEntry.idx == places[1].idx)
        await session.execute(update(StatusEntry).where(*hidden).values(value=1, changed=1))

    remembered = await array(sessions, arrays, places[0])
    assert (get(remembered, 2, places[0].idx), get(remembered, 2, places[1].idx)) == (1, 0)
    assert await array(sessions, arrays, places[0], anew=True) == await truth(sessions, places[0])


@pytest.mark.parametrize("after", [BELIEVED, -timedelta(seconds=1)])
async def test_memory_is_believed_for_a_day(sessions: Sessions, after: timedelta) -> None:
    """After a day, or when the clock stepped back, everything is read anew; so it is when the list stepped back."""
    places = await take(sessions, 4)
    arrays = PackedLists()
    false = Remembered(2, b"\xff" * (SMALL.size // 4), START)
    arrays._kept[places[0].list_id] = replace(false, version=1)
    assert await array(sessions, arrays, places[0]) == false.packed
    assert await array(sessions, arrays, places[0], at=START + after) == await truth(sessions, places[0])
    arrays._kept[places[0].list_id] = false
    assert await array(sessions, arrays, places[0]) == await truth(sessions, places[0])


async def test_memory_is_bounded(sessions: Sessions) -> None:
    """Beyond its bound the array used longest ago is forgotten; one that is larger than all of it is not kept."""
    places = await take(sessions, 40, replace(SMALL, open_lists=3))
    lists = list({place.list_id: place for place in places}.values())
    arrays = PackedLists(most_bytes=2 * SMALL.size // 4)
    for place in (*lists, lists[0]):
        assert await array(sessions, arrays, place) == await truth(sessions, place)
    assert list(arrays._kept) == [lists[2].list_id, lists[0].list_id]
    small = PackedLists(most_bytes=8)
    assert await array(sessions, small, lists[0]) == await truth(sessions, lists[0])
    assert not small._kept
