"""The communication log: every call one by one, many of them in one commit."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.trail.communication import CommunicationLog
from registry.trail.models import CommunicationRecord
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def database() -> Database:
    """The database that holds the mechanics alone."""
    return MECHANICS_ONLY


class Counted:
    """Sessions that count their transactions, and fail where they are told to."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self.begun = 0
        self.broken = False

    def begin(self) -> Any:
        """Begin a transaction."""
        self.begun += 1
        if self.broken:
            raise ConnectionError
        return self._sessions.begin()


async def said(log: CommunicationLog, number: int) -> None:
    """Record one call."""
    await log.outgoing("pki.certificate_state", at=START, outcome="done", request_id=UUID(int=number))


async def rows(sessions: Sessions) -> set[UUID | None]:
    """The requests that are on record."""
    async with sessions() as session:
        return set(await session.scalars(select(CommunicationRecord.request_id)))


@pytest.mark.requirement("AUDIT-11")
async def test_calls_at_the_same_time_share_their_commits(sessions: Sessions) -> None:
    """Each of twenty calls is on record when its caller goes on, and few transactions hold all of them."""
    counted = Counted(sessions)
    log = CommunicationLog(counted, "issuer", SeededBytes())  # type: ignore[arg-type]
    await said(log, 0)
    assert await rows(sessions) == {UUID(int=0)}
    await asyncio.gather(*[said(log, number) for number in range(1, 21)])

    assert await rows(sessions) == {UUID(int=number) for number in range(21)}
    assert counted.begun <= 3


async def test_whoever_is_not_on_record_hears_of_it(sessions: Sessions) -> None:
    """When a transaction fails, every caller whose row it held is told; the next one is written."""
    counted = Counted(sessions)
    log = CommunicationLog(counted, "issuer", SeededBytes())  # type: ignore[arg-type]
    counted.broken = True
    heard = await asyncio.gather(*[said(log, number) for number in range(5)], return_exceptions=True)
    counted.broken = False
    await said(log, 9)

    assert [type(one) for one in heard] == [ConnectionError] * 5
    assert await rows(sessions) == {UUID(int=9)}


async def test_who_is_cancelled_takes_no_row_along(sessions: Sessions) -> None:
    """A caller that gives up while its row is being written leaves the others of the same transaction alone."""
    log = CommunicationLog(sessions, "issuer", SeededBytes())
    impatient, patient = (asyncio.create_task(said(log, number)) for number in (1, 2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, patient, return_exceptions=True)

    assert await rows(sessions) == {UUID(int=1), UUID(int=2)}
