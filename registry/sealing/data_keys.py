"""Data keys at start-up: read and unwrapped, or made when the database is new (D13)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from registry.act import new_id
from registry.sealing.columns import Sealer
from registry.sealing.models import SealingKey

Transform = Callable[[bytes], bytes]
PURPOSES = ("columns", "index")


async def load_sealer(
    sessions: async_sessionmaker[AsyncSession],
    *,
    wrap: Transform,
    unwrap: Transform,
    random: Callable[[int], bytes],
    at: datetime,
) -> Sealer:
    """
    Return the sealer of a database, making its first data keys when there are none.

    `wrap` and `unwrap` are the key store's; no data key is ever stored unwrapped. Two processes that start at once
    end up with the same keys: the second one's insert fails on the unique index and reads the first one's.
    """
    rows = await _rows(sessions)
    if not rows:
        await _make(sessions, wrap, random, at)
        rows = await _rows(sessions)
    keys = {row.id: unwrap(row.wrapped) for row in rows}
    current = {row.purpose: row.id for row in rows if row.retired_at is None}
    columns = {row.id: keys[row.id] for row in rows if row.purpose == "columns"}
    return Sealer(columns, current["columns"], keys[current["index"]], random)


async def _rows(sessions: async_sessionmaker[AsyncSession]) -> list[SealingKey]:
    async with sessions() as session:
        return list(await session.scalars(select(SealingKey)))


async def _make(
    sessions: async_sessionmaker[AsyncSession], wrap: Transform, random: Callable[[int], bytes], at: datetime
) -> None:
    made = [SealingKey(id=new_id(random), purpose=p, wrapped=wrap(random(32)), created_at=at) for p in PURPOSES]
    try:
        async with sessions.begin() as session:
            session.add_all(made)
    except IntegrityError:
        return  # another process of this store was quicker; its keys are the ones
