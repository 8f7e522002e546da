"""Two at once at the issuer's books: each on a connection of its own, as processes are."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.provisioning import renewal
from issuer.provisioning.bundle import send_sets
from issuer.smp.application.states import State
from issuer.smp.binding import take_event
from issuer.smp.record.in_force import set_of
from issuer.smp.record.lapse import lapse
from issuer.store import DATABASE
from registry.postgres.engine import Sessions
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import near_the_end, published, run, sets, with_card
from tests.support.database import FreshDatabases, opened


@pytest.fixture
async def sessions(fresh_databases: FreshDatabases) -> AsyncIterator[Sessions]:
    """Sessions with a real connection each, on a database of this test's own."""
    async with opened(fresh_databases([DATABASE])["issuer"].app) as made:
        yield made


@pytest.mark.requirement("MDOC-49", "MDOC-56")
@pytest.mark.parametrize(("kind", "state", "value"), [("lost", "suspended", 2), ("revoke", "revoked", 1)])
async def test_the_card_is_used_while_a_renewal_enters_the_books(
    owned: Inside, monkeypatch: pytest.MonkeyPatch, kind: str, state: str, value: int
) -> None:
    """Who asks meanwhile waits for the old set, and then reaches the set that has just been made for it as well."""
    await near_the_end(owned)
    asked: list[asyncio.Task[None]] = []

    async def asked_now(session: AsyncSession, *given: Any) -> None:
        asked.append(asyncio.create_task(with_card(owned, kind)))
        await asyncio.sleep(0.5)
        assert not asked[0].done()
        await send_sets(session, *given)

    monkeypatch.setattr(renewal, "send_sets", asked_now)
    await run(owned)
    await asyncio.gather(*asked)

    assert [one.mdoc_status for one in await sets(owned)] == [state, state]
    assert await published(owned) == {value}


@pytest.mark.requirement("MDOC-31")
async def test_the_phone_refuses_its_bundle_while_the_set_lapses(accepted: Inside) -> None:
    """Its event waits for the lapse and finds the application ended: what has expired does not come back."""
    await accepted.issue()
    desk, (record_set,) = accepted.desk, await sets(accepted)
    async with desk.sessions() as session, session.begin():
        row = await set_of(session, record_set.mdoc_id)
        assert row is not None
        await lapse(session, desk.act(), row, ["9-1a"], tools=desk.tools)
        await session.flush()
        event = desk.step(take_event, accepted.word("event", event="bundle_refused"), desk.tools)
        said = asyncio.create_task(event)
        await asyncio.sleep(0.3)
        waited = not said.done()
    await said

    assert waited
    assert (await desk.application(accepted.application_id)).application_status == State.EXPIRED
