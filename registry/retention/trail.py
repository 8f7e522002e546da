"""
The end of a trail's own retention: after seven years its beginning goes, entries and links together (RETAIN-24).

What goes is what a checkpoint has sworn to and nothing beyond, stretch after stretch from the beginning, so that the
chain still verifies from that checkpoint on; the evidence names it (D10). Nothing younger goes, whatever becomes of the
person's data (AUDIT-8): a stretch goes when its newest entry is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.retention.erase import erase
from registry.retention.models import ErasureRecord
from registry.retention.rule import due_before
from registry.trail.models import ChainLink, CheckpointRecord, CommunicationRecord, ProvisionRecord

TRAIL_YEARS: Final = 7
"""Of provision, refusal and communication records (AUDIT-8)."""

_PROVISIONS, _COMMUNICATIONS, _ERASURES, _LINKS, _CHECKPOINTS = (
    cast("Table", mapped.__table__)
    for mapped in (ProvisionRecord, CommunicationRecord, ErasureRecord, ChainLink, CheckpointRecord)
)
TRAILS: Final[Sequence[Table]] = (_PROVISIONS, _COMMUNICATIONS, _ERASURES)
"""Everything of a store that is chained; of these the history of erasures is kept for ever (RETAIN-7)."""


@dataclass(frozen=True)
class TrailRule:
    """The trail in `table` is kept so many years; its name in the evidence is that of the table."""

    table: Table
    years: int = TRAIL_YEARS
    ground: str = "seven years"

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.table.name


def trail_rules() -> Sequence[TrailRule]:
    """Return what is erased of the trail, in every store alike."""
    return TrailRule(_PROVISIONS), TrailRule(_COMMUNICATIONS)


async def erase_beginning(session: AsyncSession, rule: TrailRule, at: datetime) -> ErasureRecord:
    """
    Erase the first stretch of a trail, up to its first checkpoint, where all of it is due; return what went.

    Earlier checkpoints go as well; this one stays, because verification starts with it.
    """
    upto = await session.scalar(_first_due(rule, at))
    if upto is None:
        return ErasureRecord(tables=[rule.name], counts=[0], erased=[])
    link, mark = _LINKS.c, _CHECKPOINTS.c
    gone = delete(_LINKS).where(link.trail == rule.name, link.sequence <= upto).returning(link.entry)
    ids = list(await session.scalars(gone))
    marks = await erase(session, _CHECKPOINTS, mark.trail == rule.name, mark.sequence < upto)
    entries = await erase(session, rule.table, rule.table.c.id.in_(ids))
    tables, counts = [_LINKS.name, _CHECKPOINTS.name, rule.name], [len(ids), marks, entries]
    return ErasureRecord(tables=tables, counts=counts, erased=ids, checkpoint=upto)


def _first_due(rule: TrailRule, at: datetime) -> Any:  # noqa: ANN401 - a query for a number
    """The checkpoint of the first stretch that is still there, if nothing in it is younger than the period."""
    link, mark = _LINKS.c, _CHECKPOINTS.c
    first = select(func.min(link.sequence)).where(link.trail == rule.name).scalar_subquery()
    later = select(mark.sequence, mark.newest).where(mark.trail == rule.name, mark.sequence >= first)
    stretch = later.order_by(mark.sequence).limit(1).subquery()
    return select(stretch.c.sequence).where(stretch.c.newest < due_before(at, rule.years))
