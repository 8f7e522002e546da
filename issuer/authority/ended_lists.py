"""A status list ends with the last record that points at it: then nobody asks, and it is signed no more (D11)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, update
from sqlalchemy.orm import aliased

from issuer.authority.models import IssuanceIntent
from issuer.status_list.models import StatusList
from issuer.status_list.packed import DueList
from issuer.status_list.plan import CLOSED, ENDED
from registry.postgres.engine import Sessions

SKEW: Final = timedelta(hours=1)
"""A relying party whose clock is behind still asks so long about a record that has ended."""


async def still_pointed_at(sessions: Sessions, due: Sequence[DueList], *, at: datetime) -> list[DueList]:
    """
    Return the lists that are still to be published; what has ended is marked as such.

    Only those are looked at that are due by the clock, because looking through half a million records takes a while.
    An identifier list ends after the status list beside it.
    """
    aged = [one.list_id for one in due if one.anew]
    if not aged:
        return list(due)
    beside = aliased(StatusList)
    pointing = exists().where(IssuanceIntent.list_id == StatusList.list_id, IssuanceIntent.valid_until > at - SKEW)
    ending = (
        update(StatusList).where(StatusList.list_id.in_(aged)).values(state=ENDED).returning(StatusList.list_id)
    ).execution_options(synchronize_session=False)
    paired = exists().where(beside.identifier_list_id == StatusList.list_id)
    lasting = paired.where(beside.state != ENDED)
    async with sessions.begin() as session:
        ended = set(await session.scalars(ending.where(StatusList.state == CLOSED, ~pointing)))
        ended |= set(await session.scalars(ending.where(paired, ~lasting)))
    return [one for one in due if one.list_id not in ended]
