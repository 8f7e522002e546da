"""When a list is published no more."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import update

from issuer.authority.ended_lists import SKEW, still_pointed_at
from issuer.authority.supplied import issue_supplied
from issuer.authority.tools import Authority
from issuer.status_list.models import StatusList
from issuer.status_list.plan import CLOSED, ENDED, OPEN, STATUS_LIST
from issuer.status_list.publication import Publisher, lists_due, publish
from tests.issuer.authority.test_supplied import ORDER, VALIDITY, licensing
from tests.issuer.smp.conftest import Desk
from tests.support.clock import START

END = VALIDITY.valid_until + SKEW


@pytest.fixture
async def closed(desk: Desk, authority: Authority) -> None:
    """Licences in lists of both mechanisms, of which the one that gives places is closed."""
    alone = replace(licensing(authority), plan=replace(authority.plan, open_lists=1))
    await issue_supplied(ORDER, at=START, authority=alone)
    async with desk.sessions.begin() as session:
        await session.execute(update(StatusList).where(StatusList.mechanism == STATUS_LIST).values(state=CLOSED))


async def published(desk: Desk, publisher: Publisher, at: datetime) -> int:
    """Publish what the step of the worker publishes at an instant."""
    due = await still_pointed_at(desk.sessions, await lists_due(desk.sessions, at=at), at=at)
    return await publish(desk.sessions, due, publisher, at=at)


async def states(desk: Desk) -> set[str]:
    """The states in which lists are."""
    return {row.state for row in await desk.rows(StatusList)}


@pytest.mark.usefixtures("closed")
async def test_a_list_ends_with_its_last_record(desk: Desk, publisher: Publisher) -> None:
    """Until the end of the last record, and an hour for slow clocks, both lists are published; after it, neither."""
    heard = [await published(desk, publisher, at) for at in (START, END - SKEW, END)]
    assert heard == [2, 2, 0]
    assert await states(desk) == {ENDED}
    assert await lists_due(desk.sessions, at=END) == []


async def test_an_open_list_never_ends(desk: Desk, authority: Authority, publisher: Publisher) -> None:
    """It takes new records whenever they come, so it is published whether any is in force or not."""
    await issue_supplied(ORDER, at=START, authority=licensing(authority))
    lists = len(await desk.rows(StatusList))
    assert await published(desk, publisher, END) == lists
    assert await states(desk) == {OPEN}


@pytest.mark.usefixtures("closed")
async def test_what_changed_is_published_without_a_look_at_the_records(desk: Desk, publisher: Publisher) -> None:
    """Only the clock raises the question: a list that an act has just changed is always published."""
    due = [one._replace(anew=False) for one in await lists_due(desk.sessions, at=END)]
    assert await still_pointed_at(desk.sessions, due, at=END) == due
    assert await publish(desk.sessions, due, publisher, at=END) == len(due)
