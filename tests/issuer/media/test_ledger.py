"""The media ledger, from registration to disposal."""

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from issuer.errors import IssuerError
from issuer.media import ledger
from issuer.media.models import LedgerEntry, Medium
from registry.messages.media import LedgerQuery
from tests.issuer.media.room import MEDIUM, OWNER, REQUEST, WORKER, ask, by, decide, end, register, take_out
from tests.issuer.smp.conftest import Desk, Owned


@pytest.mark.requirement("MEDIA-13", "MEDIA-15", "RETAIN-7")
async def test_the_life_of_a_medium(desk: Desk, owned: Owned) -> None:
    """Registered, written, erased, disposed of, audited: each a line with its person; no disposal before erasure."""
    await register(desk)
    state = await ask(desk)
    await decide(desk, state.work_id)
    desk.clock.advance(seconds=1)
    await take_out(desk, state.work_id)
    for what, method in (("erased", "overwritten-3x"), ("disposed", "shredded")):
        desk.clock.advance(seconds=1)
        await end(desk, what, method)
    desk.clock.advance(seconds=1)
    told = await by(desk, OWNER, ledger.audit, LedgerQuery(request_id=REQUEST))

    lines = [(line.what, line.detail, line.operator) for line in told.lines]
    assert lines == [
        ("registered", "safe-2", OWNER),
        ("written", "audit-2026", WORKER),
        ("erased", "overwritten-3x", WORKER),
        ("disposed", "shredded", WORKER),
        ("audited", None, OWNER),
    ]
    assert {(line.medium_id, line.terminal) for line in told.lines} == {(MEDIUM, "desk-3")}


@pytest.mark.requirement("MEDIA-15")
async def test_no_disposal_before_erasure(desk: Desk, owned: Owned) -> None:
    """A medium that still holds its last export is erased first, however often it was erased before."""
    await register(desk)
    for _ in range(2):
        state = await ask(desk)
        await decide(desk, state.work_id)
        desk.clock.advance(seconds=1)
        await take_out(desk, state.work_id)
        with pytest.raises(IssuerError, match="medium_not_erased"):
            await end(desk, "disposed")
        desk.clock.advance(seconds=1)
        await end(desk, "erased")


@pytest.mark.requirement("MEDIA-13")
async def test_what_is_registered(desk: Desk) -> None:
    """A label is given once, and the key is a point on the curve."""
    await register(desk)
    with pytest.raises(IssuerError, match="medium_registered"):
        await register(desk)
    with pytest.raises(IssuerError, match="medium_key_refused"):
        await register(desk, "USB-0002", b"\x04" + bytes(64))


@pytest.mark.requirement("MEDIA-15", "RETAIN-7")
async def test_the_ledger_is_kept(desk: Desk) -> None:
    """PostgreSQL lets the service neither change nor remove a line, and nobody empty the table."""
    await register(desk)
    for statement in (
        update(LedgerEntry).values(operator="nobody"),
        delete(LedgerEntry),
        update(Medium).values(place="elsewhere"),
        text("TRUNCATE medium_ledger"),
    ):
        with pytest.raises(DBAPIError):
            async with desk.sessions.begin() as session:
                await session.execute(statement)
