"""Changing what a list says."""

from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.errors import Code, IssuerError
from issuer.status_list.allocation import Place, allocate
from issuer.status_list.entries import set_status
from issuer.status_list.models import StatusEntry, StatusList
from mdoc.status import VALUES, Status
from registry.postgres.engine import Sessions
from tests.issuer.conftest import PLAN
from tests.support.clock import START
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
