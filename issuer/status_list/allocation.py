"""A random free place for every record, over several open lists, with decoys (D11)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status_list.models import StatusEntry, StatusList
from mdoc.mso import StatusReference
from mdoc.status import VALUES, Status
from registry.act import new_id
from registry.outbox.queue import wake

BITS = 2  # the domestic docType: VALID, INVALID, SUSPENDED (D11)
_OPENING = 0x7E6A5715  # the advisory lock under which lists are opened and closed; any fixed number does
_ROUNDS = 200

Random = Callable[[int], bytes]


@dataclass(frozen=True)
class ListPlan:
    """
    How lists are laid out. `address` is the public prefix of their URIs, `size` the number of places of a list.

    `open_lists` take new records at the same time, so that neighbours in time are no neighbours in a list; a list
    closes once half its places are given. One place in `decoy_share` is a decoy.
    """

    address: str
    size: int = 1 << 16
    open_lists: int = 3
    decoy_share: int = 64


@dataclass(frozen=True)
class Place:
    """A place in a status list: the key of its row, and what the record says of it."""

    list_id: UUID
    idx: int
    uri: str

    @property
    def reference(self) -> StatusReference:
        """What stands in the record."""
        return StatusReference(self.uri, self.idx)


async def allocate(session: AsyncSession, count: int, *, plan: ListPlan, random: Random, at: datetime) -> list[Place]:
    """
    Give away `count` places, each at random in one of the open lists, in the caller's transaction.

    Two transactions never get the same place: the primary key decides, and the loser draws again.
    """
    lists = await _open_lists(session, plan, random, at)
    places: list[Place] = []
    for _ in range(_ROUNDS):
        wanted = count - len(places)
        won = await _take(session, _draw(lists, wanted, random))
        places += won
        if len(places) == count:
            return places
        if len(won) * 2 <= wanted:
            lists = await _relieve(session, plan, random, at)
    raise RuntimeError("no free place in any status list")


def _draw(lists: Sequence[StatusList], count: int, random: Random) -> list[Place]:
    drawn = set()
    for _ in range(count):
        one = lists[int.from_bytes(random(8), "big") % len(lists)]
        drawn.add(Place(one.list_id, int.from_bytes(random(8), "big") % one.size, one.uri))
    # One order for everybody: two transactions that draw the same places wait and never deadlock.
    return sorted(drawn, key=lambda place: (place.list_id, place.idx))


async def _take(session: AsyncSession, drawn: Sequence[Place]) -> list[Place]:
    rows = [{"list_id": p.list_id, "idx": p.idx, "value": VALUES[Status.VALID], "decoy": False} for p in drawn]
    statement = insert(StatusEntry).values(rows).on_conflict_do_nothing()
    won = {tuple(row) for row in await session.execute(statement.returning(StatusEntry.list_id, StatusEntry.idx))}
    return [place for place in drawn if (place.list_id, place.idx) in won]


async def _open_lists(session: AsyncSession, plan: ListPlan, random: Random, at: datetime) -> list[StatusList]:
    lists = await _read_open(session)
    return lists if len(lists) >= plan.open_lists else await _relieve(session, plan, random, at)


async def _read_open(session: AsyncSession) -> list[StatusList]:
    query = select(StatusList).where(StatusList.state == "open").order_by(StatusList.list_id)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def _relieve(session: AsyncSession, plan: ListPlan, random: Random, at: datetime) -> list[StatusList]:
    """Close what is half full, open what is missing; one transaction at a time."""
    await session.execute(select(func.pg_advisory_xact_lock(_OPENING)))
    lists = await _read_open(session)
    for one in lists:
        given = select(func.count()).select_from(StatusEntry).where(StatusEntry.list_id == one.list_id)
        if (await session.scalar(given) or 0) * 2 >= one.size:
            one.state = "closed"
    lists = [one for one in lists if one.state == "open"]
    while len(lists) < plan.open_lists:
        lists.append(await _open_one(session, plan, random, at))
    return lists


async def _open_one(session: AsyncSession, plan: ListPlan, random: Random, at: datetime) -> StatusList:
    list_id = new_id(random)
    made = StatusList(
        list_id=list_id,
        uri=f"{plan.address}/{list_id}",
        bits=BITS,
        size=plan.size,
        state="open",
        version=1,
        opened_at=at,
    )
    session.add(made)
    await session.flush()
    decoys = {int.from_bytes(random(8), "big") % plan.size for _ in range(plan.size // plan.decoy_share)}
    session.add_all(
        StatusEntry(list_id=list_id, idx=idx, value=1 + random(1)[0] % 2, decoy=True) for idx in sorted(decoys)
    )
    await wake(session, "publish")
    return made
