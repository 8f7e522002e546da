"""Erasure under the sweep role: small batches, each with its evidence in the same transaction (RETAIN-7, RETAIN-13)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, literal_column, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.act import Chance, new_id
from registry.postgres.engine import Sessions
from registry.retention.erase import erase
from registry.retention.models import ErasureRecord
from registry.retention.rule import Rule
from registry.retention.trail import TrailRule, erase_beginning

_ONE_SWEEP = text("SELECT pg_try_advisory_xact_lock(20)")


async def sweep(sessions: Sessions, rules: Iterable[Rule | TrailRule], *, at: datetime, random: Chance) -> int:
    """Erase everything that is due by the rules, in their order, batch after batch; return how many rows went."""
    erased = 0
    for rule in rules:
        while count := await sweep_once(sessions, rule, at=at, random=random):
            erased += count
    return erased


async def sweep_once(sessions: Sessions, rule: Rule | TrailRule, *, at: datetime, random: Chance) -> int:
    """
    Erase one batch and write its evidence, both or neither; return the rows that went from the rule's own table.

    One sweep at a time and database: another one finds nothing to do, 0.
    """
    async with sessions.begin() as session:
        if not await session.scalar(_ONE_SWEEP):
            return 0
        gone = await _erased(session, rule, at)
        if any(gone.counts):
            gone.id, gone.at, gone.rule, gone.ground = new_id(random), at, rule.name, rule.ground
            session.add(gone)
    return gone.counts[-1]


async def _erased(session: AsyncSession, rule: Rule | TrailRule, at: datetime) -> ErasureRecord:
    if isinstance(rule, TrailRule):
        return await erase_beginning(session, rule, at)
    return await _alone(session, rule, at) if rule.key is None else await _with_key(session, rule, rule.key, at)


async def _alone(session: AsyncSession, rule: Rule, at: datetime) -> ErasureRecord:
    row: ColumnElement[Any] = literal_column("ctid")
    due = select(row).select_from(rule.table).where(rule.due(at)).order_by(rule.order).limit(rule.batch)
    return ErasureRecord(tables=[rule.table.name], counts=[await erase(session, rule.table, row.in_(due))], erased=[])


async def _with_key(session: AsyncSession, rule: Rule, key: ColumnElement[Any], at: datetime) -> ErasureRecord:
    due = select(key).where(rule.due(at)).order_by(rule.order).limit(rule.batch)
    ids: list[UUID] = list(await session.scalars(due))
    tables: list[tuple[Table, ColumnElement[Any]]] = [(each.table, each) for each in (*rule.with_it, key)]
    counts = [await erase(session, table, column.in_(ids)) for table, column in tables]
    return ErasureRecord(tables=[table.name for table, _ in tables], counts=counts, erased=ids)
