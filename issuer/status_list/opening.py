"""Lists are opened with their decoys and closed when they are half full, one transaction at a time (D11)."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status_list.models import IdentifierEntry, StatusEntry, StatusList
from issuer.status_list.plan import CLOSED, IDENTIFIER_LIST, OPEN, STATUS_LIST, ListPlan
from registry.act import new_id
from registry.outbox.queue import wake

Random = Callable[[int], bytes]

IDENTIFIER_BYTES = 16
_OPENING = 0x7E6A5715  # the advisory lock under which lists are opened and closed; any fixed number does
_SAMPLE = 256


async def open_lists(session: AsyncSession, plan: ListPlan, random: Random, at: datetime) -> list[StatusList]:
    """Return the status lists of the plan's docType that take new records; opens what is missing."""
    lists = await _read_open(session, plan)
    return lists if len(lists) >= plan.open_lists else await relieve(session, plan, random, at)


async def relieve(session: AsyncSession, plan: ListPlan, random: Random, at: datetime) -> list[StatusList]:
    """Close what is half full, open what is missing. What was given in a closed list stays and is published."""
    await session.execute(select(func.pg_advisory_xact_lock(_OPENING)))
    lists = await _read_open(session, plan)
    for one in lists:
        if await _half_full(session, one, random):
            one.state = CLOSED
    lists = [one for one in lists if one.state == OPEN]
    while len(lists) < plan.open_lists:
        lists.append(await _open_one(session, plan, random, at))
    return lists


def below(limit: int, random: Random) -> int:
    """Draw a number from 0 to `limit` - 1."""
    return int.from_bytes(random(8), "big") % limit


async def _read_open(session: AsyncSession, plan: ListPlan) -> list[StatusList]:
    query = (
        select(StatusList)
        .where(StatusList.state == OPEN, StatusList.doc_type == plan.doc_type, StatusList.mechanism == STATUS_LIST)
        .where(StatusList.root.is_not_distinct_from(plan.root))
        .order_by(StatusList.list_id)
    )
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def _half_full(session: AsyncSession, one: StatusList, random: Random) -> bool:
    """Judged by a sample: counting five million rows would hold everybody up who waits for a place."""
    sample = {below(one.size, random) for _ in range(_SAMPLE)}
    given = select(func.count()).where(StatusEntry.list_id == one.list_id, StatusEntry.idx.in_(sample))
    return (await session.scalar(given) or 0) * 2 >= len(sample)


async def _open_one(session: AsyncSession, plan: ListPlan, random: Random, at: datetime) -> StatusList:
    identifiers = None
    if plan.mechanisms.identifiers:
        identifiers = _new_list(plan, IDENTIFIER_LIST, 0, new_id(random), at)
        session.add(identifiers)
        await session.flush()
        await _add_decoy_identifiers(session, identifiers.list_id, plan, random)
    made = _new_list(plan, STATUS_LIST, plan.mechanisms.bits, new_id(random), at)
    made.identifier_list_id = None if identifiers is None else identifiers.list_id
    session.add(made)
    await session.flush()
    await _add_decoys(session, made, plan, random)
    await wake(session, "publish")
    return made


def _new_list(plan: ListPlan, mechanism: str, bits: int, list_id: UUID, at: datetime) -> StatusList:
    return StatusList(
        list_id=list_id,
        uri=plan.uri(list_id, mechanism),
        doc_type=plan.doc_type,
        mechanism=mechanism,
        bits=bits,
        size=plan.size,
        state=OPEN,
        version=1,
        opened_at=at,
        root=plan.root,
    )


async def _add_decoys(session: AsyncSession, one: StatusList, plan: ListPlan, random: Random) -> None:
    """One bit can only say INVALID; two say SUSPENDED as well."""
    kinds = 1 if one.bits == 1 else 2
    drawn = sorted({below(plan.size, random) for _ in range(plan.size // plan.decoy_share)})
    rows = [
        {"list_id": one.list_id, "idx": idx, "value": 1 + random(1)[0] % kinds, "changed": 1, "decoy": True}
        for idx in drawn
    ]
    if rows:
        await session.execute(insert(StatusEntry), rows)


async def _add_decoy_identifiers(session: AsyncSession, list_id: UUID, plan: ListPlan, random: Random) -> None:
    drawn = {random(IDENTIFIER_BYTES) for _ in range(plan.size // plan.decoy_share)}
    rows = [{"identifier": each, "list_id": list_id, "revoked": True} for each in sorted(drawn)]
    if rows:
        await session.execute(insert(IdentifierEntry), rows)
