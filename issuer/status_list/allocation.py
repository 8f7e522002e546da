"""A random free place for every record, over several open lists, and an identifier where its docType uses one (D11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from psycopg.errors import DeadlockDetected
from sqlalchemy import Integer, Uuid, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from issuer.status_list.opening import IDENTIFIER_BYTES, Random, below, open_lists, relieve
from issuer.status_list.plan import ListPlan
from mdoc.mso import IdentifierReference, StatusReference
from mdoc.status import VALUES, Status

_ROUNDS = 200
_TRIES = 20


@dataclass(frozen=True)
class Place:
    """A place in a status list: the key of its row, and what the record says of it and of its identifier."""

    list_id: UUID
    idx: int
    uri: str
    identifier: IdentifierReference | None = None

    @property
    def reference(self) -> StatusReference:
        """What stands in the record."""
        return StatusReference(self.uri, self.idx)


async def allocate(session: AsyncSession, count: int, *, plan: ListPlan, random: Random, at: datetime) -> list[Place]:
    """
    Give away `count` places, each at random in one of the open lists of the docType, in the caller's transaction.

    Two transactions never get the same place or identifier: the primary key decides, and the loser draws again. They
    come in an order that says nothing, so that the records of one set out of many are no neighbours in a list.
    Two that hold what the other draws next cannot both go on: PostgreSQL refuses one of them, which lets go of what it
    has drawn here and begins anew.
    """
    for _ in range(_TRIES):
        try:
            async with session.begin_nested():
                return await _allocate(session, count, plan=plan, random=random, at=at)
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected):
                raise
    raise RuntimeError("others draw the same places again and again")


async def _allocate(session: AsyncSession, count: int, *, plan: ListPlan, random: Random, at: datetime) -> list[Place]:
    lists = await open_lists(session, plan, random, at)
    places: list[Place] = []
    for _ in range(_ROUNDS):
        wanted = count - len(places)
        won = await _take(session, _draw(lists, wanted, random))
        places += won
        if len(places) == count:
            places.sort(key=lambda _: random(8))
            return await _identify(session, places, random) if plan.mechanisms.identifiers else places
        if len(won) * 2 <= wanted:
            lists = await relieve(session, plan, random, at)
    raise RuntimeError("no free place in any status list")


def _draw(lists: Sequence[StatusList], count: int, random: Random) -> list[Place]:
    drawn = set()
    for _ in range(count):
        one = lists[below(len(lists), random)]
        drawn.add(Place(one.list_id, below(one.size, random), one.uri))
    # One order for everybody: in their first round two transactions that draw the same places wait, and never deadlock.
    return sorted(drawn, key=lambda place: (place.list_id, place.idx))


async def _take(session: AsyncSession, drawn: Sequence[Place]) -> list[Place]:
    # Two arrays instead of a row each: the statement is the same for ten places and for a thousand.
    rows = select(
        func.unnest(literal([place.list_id for place in drawn], ARRAY(Uuid))),
        func.unnest(literal([place.idx for place in drawn], ARRAY(Integer))),
        literal(VALUES[Status.VALID]),
        literal(0),
        literal(value=False),
    )
    columns = ["list_id", "idx", "value", "changed", "decoy"]
    statement = insert(StatusEntry).from_select(columns, rows).on_conflict_do_nothing()
    won = {tuple(row) for row in await session.execute(statement.returning(StatusEntry.list_id, StatusEntry.idx))}
    return [place for place in drawn if (place.list_id, place.idx) in won]


async def _identify(session: AsyncSession, places: Sequence[Place], random: Random) -> list[Place]:
    """Give each place an identifier in the identifier list that goes with its status list."""
    beside = await _identifier_lists(session, {place.list_id for place in places})
    return [replace(place, identifier=await _new_identifier(session, place, beside, random)) for place in places]


async def _identifier_lists(session: AsyncSession, lists: set[UUID]) -> dict[UUID, StatusList]:
    status_list = StatusList.__table__.alias()
    query = select(status_list.c.list_id, StatusList).join(
        StatusList, StatusList.list_id == status_list.c.identifier_list_id
    )
    rows = await session.execute(query.where(status_list.c.list_id.in_(lists)))
    return {row[0]: row[1] for row in rows}


async def _new_identifier(
    session: AsyncSession, place: Place, beside: dict[UUID, StatusList], random: Random
) -> IdentifierReference:
    identifiers = beside[place.list_id]
    for _ in range(_ROUNDS):
        row = {
            "identifier": random(IDENTIFIER_BYTES),
            "list_id": identifiers.list_id,
            "status_list_id": place.list_id,
            "idx": place.idx,
            "revoked": False,
        }
        statement = insert(IdentifierEntry).values(row).on_conflict_do_nothing(index_elements=["identifier"])
        value = await session.scalar(statement.returning(IdentifierEntry.identifier))
        if value is not None:
            return IdentifierReference(identifiers.uri, value)
    raise RuntimeError("no identifier that is not taken")
