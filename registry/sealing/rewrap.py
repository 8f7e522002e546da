"""Data keys under a new wrapping key: the keys stay what they are, so nothing sealed is touched (D13)."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.sealing.models import SealingKey

Transform = Callable[[bytes], bytes]


async def rewrap(session: AsyncSession, *, wrap: Transform, unwrap: Transform) -> tuple[int, int]:
    """
    Wrap every data key that an older wrapping key has wrapped; return how many were and how many stood already.

    Key wrapping (RFC 5649) is deterministic: what the newest key wraps to the same octets stands. Processes that run
    hold their data keys and notice nothing; a run that was cut off changed nothing and is run again.
    """
    changed = stood = 0
    for row in await session.scalars(select(SealingKey).order_by(SealingKey.id).with_for_update()):
        again = wrap(unwrap(row.wrapped))
        if again == row.wrapped:
            stood += 1
        else:
            row.wrapped, changed = again, changed + 1
    await session.flush()
    return changed, stood
