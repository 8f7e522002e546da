"""Data keys under a new wrapping key."""

from pathlib import Path

import pytest
from sqlalchemy import select

from pki.keys.faults import KeyUnusable
from pki.keys.ring import WrappingRing
from pki.keys.uri import make_wrapping_key
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer
from registry.sealing.data_keys import load_sealer
from registry.sealing.models import SealingKey
from registry.sealing.rewrap import rewrap
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


async def wrapped(sessions: Sessions) -> set[bytes]:
    """The data keys as they are stored."""
    async with sessions() as session:
        return set(await session.scalars(select(SealingKey.wrapped)))


@pytest.mark.requirement("MDOC-60")
async def test_a_new_wrapping_key_without_downtime(sessions: Sessions, entropy: SeededBytes, tmp_path: Path) -> None:
    """Processes that run, start before and start after all open the same; then the old key goes."""
    paths = [tmp_path / name for name in ("wrapping.key", "wrapping-2.key")]
    ring = WrappingRing([path.as_uri() for path in paths])
    make_wrapping_key(paths[0].as_uri(), entropy)

    async def start() -> Sealer:
        return await load_sealer(sessions, wrap=ring.wrap, unwrap=ring.unwrap, random=entropy, at=START)

    async def again() -> tuple[int, int]:
        async with sessions.begin() as session:
            return await rewrap(session, wrap=ring.wrap, unwrap=ring.unwrap)

    running = await start()
    sealed, before = running.seal(b"four items", "t.c"), await wrapped(sessions)
    assert await again() == (0, 2)
    make_wrapping_key(paths[1].as_uri(), entropy)
    between = await start()
    async with sessions() as session:  # cut off before the commit: nothing has changed
        assert await rewrap(session, wrap=ring.wrap, unwrap=ring.unwrap) == (2, 0)
    assert await wrapped(sessions) == before
    assert (await again(), await again()) == ((2, 0), (0, 2))
    assert not await wrapped(sessions) & before
    paths[0].unlink()
    for sealer in (running, between, await start()):
        assert sealer.open(sealed, "t.c") == b"four items"
    paths[1].unlink()
    make_wrapping_key(paths[0].as_uri(), entropy)
    with pytest.raises(KeyUnusable, match="key-unwrap"):
        await start()
