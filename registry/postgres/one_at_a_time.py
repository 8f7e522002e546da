"""Acts on the same person wait for each other, also when there is no row yet that could be locked."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def one_at_a_time(session: AsyncSession, *digests: bytes) -> None:
    """
    Hold the locks of these keyed digests until the transaction ends; always in the same order, so nobody deadlocks.

    Two digests that share their first 64 bits wait for each other without need, which does no harm.
    """
    for key in sorted(int.from_bytes(digest[:8], signed=True) for digest in digests):
        await session.execute(select(func.pg_advisory_xact_lock(key)))
