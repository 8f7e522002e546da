"""The arrays of status lists as a publisher remembers them, brought up to date from the journal in the database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status_list.models import StatusEntry, StatusList
from mdoc.status_list import set_value

MOST_BYTES: Final = 256 << 20
BELIEVED: Final = timedelta(days=1)


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

    async def at_version(self, session: AsyncSession, row: StatusList, at: datetime, *, anew: bool = False) -> bytes:
        """
        Return the array of a list at `row.version`; the caller holds the lock of the row.

        Under that lock no act is half done, so every change up to that version is visible and none beyond it is. With
        `anew`, memory is not believed and everything is read.
        """
        known = None if anew else self._kept.get(row.list_id)
        if known is None or known.version > row.version or not known.read_at <= at < known.read_at + BELIEVED:
            known = Remembered(0, bytes(row.size * row.bits // 8), at)
        packed = await _changed_since(session, row, known)
        self._keep(row.list_id, Remembered(row.version, packed, known.read_at))
        return packed

    def _keep(self, list_id: UUID, remembered: Remembered) -> None:
        self._kept.pop(list_id, None)
        room = self.most_bytes - len(remembered.packed)
        while self._kept and sum(len(each.packed) for each in self._kept.values()) > room:
            self._kept.pop(next(iter(self._kept)))
        if room >= 0:
            self._kept[list_id] = remembered


async def _changed_since(session: AsyncSession, row: StatusList, known: Remembered) -> bytes:
    query = select(StatusEntry.idx, StatusEntry.value).where(
        StatusEntry.list_id == row.list_id, StatusEntry.changed > known.version
    )
    packed = bytearray(known.packed)
    for idx, value in await session.execute(query):
        set_value(packed, row.bits, idx, value)
    return bytes(packed)
