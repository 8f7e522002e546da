"""The arrays of status lists as a publisher remembers them, brought up to date from the journal in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status_list.models import StatusEntry
from mdoc.status_list import set_value

MOST_BYTES: Final = 256 << 20
BELIEVED: Final = timedelta(days=1)


class DueList(NamedTuple):
    """A list as it stood when it was found due; `anew`: by the clock, and so everything of it is read."""

    list_id: UUID
    uri: str
    mechanism: str
    bits: int
    size: int
    version: int
    root: str | None
    anew: bool


@dataclass(frozen=True, repr=False)
class Remembered:
    """The array of a list as it stood at a version, and when it was last read as a whole."""

    version: int
    packed: bytes
    read_at: datetime


@dataclass(repr=False)
class PackedLists:
    """
    Arrays by list. Only the database is the truth: what is lost here, with the process or for room, is read anew.

    Reading ten million places of which one in a hundred is set takes most of a second; what changed since the last
    publication is a handful of rows. Memory is believed for a day, so that a database that was put back to an earlier
    state is noticed.
    """

    most_bytes: int = MOST_BYTES
    _kept: dict[UUID, Remembered] = field(default_factory=dict)

    async def at_versions(self, session: AsyncSession, lists: Sequence[DueList], at: datetime) -> dict[UUID, bytes]:
        """
        Return the arrays of lists, at the version that each has here or later.

        Versions follow one another in the order of the commits, so whoever has read a version sees every act up to it
        from then on. What a later act has changed meanwhile may be in the array too; it is read again with its version.
        """
        known = {one.list_id: self._known(one, at) for one in lists}
        found = {one.list_id: bytearray(known[one.list_id].packed) for one in lists}
        bits = {one.list_id: one.bits for one in lists}
        for list_id, idx, value in await session.execute(_CHANGED, _since(known)):
            set_value(found[list_id], bits[list_id], idx, value)
        packed = {list_id: bytes(array) for list_id, array in found.items()}
        for one in lists:
            self._keep(one.list_id, Remembered(one.version, packed[one.list_id], known[one.list_id].read_at))
        return packed

    def _known(self, one: DueList, at: datetime) -> Remembered:
        known = None if one.anew else self._kept.get(one.list_id)
        if known is None or known.version > one.version or not known.read_at <= at < known.read_at + BELIEVED:
            return Remembered(0, bytes(one.size * one.bits // 8), at)
        return known

    def _keep(self, list_id: UUID, remembered: Remembered) -> None:
        self._kept.pop(list_id, None)
        room = self.most_bytes - len(remembered.packed)
        while self._kept and sum(len(each.packed) for each in self._kept.values()) > room:
            self._kept.pop(next(iter(self._kept)))
        if room >= 0:
            self._kept[list_id] = remembered


def _since(known: Mapping[UUID, Remembered]) -> dict[str, object]:
    return {"lists": list(known), "versions": [one.version for one in known.values()]}


_KNOWN: Final = (
    func.unnest(bindparam("lists", type_=ARRAY(Uuid)), bindparam("versions", type_=ARRAY(Integer)))
    .table_valued(column("list_id", Uuid), column("version", Integer))
    .render_derived("known")
)
# `changed > 0` follows, and names the index that leaves out what never changed.
_CHANGED: Final = select(StatusEntry.list_id, StatusEntry.idx, StatusEntry.value).where(
    StatusEntry.list_id == _KNOWN.c.list_id, StatusEntry.changed > _KNOWN.c.version, StatusEntry.changed > 0
)
