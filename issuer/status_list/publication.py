"""The job that publishes: a new token for every list that changed, and for every list long before its exp (D11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.status_list.forms import LIFETIME, Terms, identifier_list_form, status_list_forms
from issuer.status_list.models import IdentifierEntry, StatusList, StatusToken
from issuer.status_list.packed import DueList, PackedLists
from issuer.status_list.plan import ENDED, IDENTIFIER_LIST
from registry.postgres.engine import Sessions

AT_ONCE: Final = 32
"""Lists whose arrays are in memory together: those of ten million places take 2.5 MB each."""
_COLUMNS: Final = ("version", "token", "jwt", "ttl", "issued_at", "expires_at")


@dataclass(frozen=True)
class Publisher(Terms):
    """
    The terms of publication, and the arrays that this process remembers.

    `root`: only lists under this root are published, None for all; lists without a root are those of `first_root`.
    """

    arrays: PackedLists = field(default_factory=PackedLists)
    root: str | None = None
    first_root: str = ""

    def signs(self, due: DueList) -> bool:
        """Tell whether a list is published by this one."""
        return self.root in (None, due.root or self.first_root)


async def lists_due(sessions: Sessions, *, at: datetime, lifetime: timedelta = LIFETIME) -> list[DueList]:
    """Return the lists that are due, each as it stands now; of those that have ended, none."""
    old = StatusToken.expires_at <= at + lifetime / 2
    missing = StatusToken.list_id.is_(None)
    columns = (getattr(StatusList, name) for name in ("list_id", "uri", "mechanism", "bits", "size", "version", "root"))
    statement = (
        select(*columns, or_(missing, old))
        .outerjoin(StatusToken, StatusToken.list_id == StatusList.list_id)
        .where(or_(missing, StatusToken.version < StatusList.version, old), StatusList.state != ENDED)
        .order_by(StatusList.list_id)
    )
    async with sessions() as session:
        return [DueList._make(row) for row in await session.execute(statement)]


async def publish(sessions: Sessions, due: Sequence[DueList], publisher: Publisher, *, at: datetime) -> int:
    """
    Sign and store the tokens of these lists, some dozens together; return how many are now the newest.

    Nobody waits for a signature: no list is locked meanwhile. The version of a list was read before its entries, so its
    token holds every act up to that version; an act that is still in its commit is wholly in this token or wholly in
    the next one, for which it has left a wake-up. A token never takes the place of a later one. Raises
    StatusTokenRefused when our own reader would not believe a token; neither it nor those beside it are stored then.
    """
    mine = [one for one in due if publisher.signs(one)]
    together = [mine[first : first + AT_ONCE] for first in range(0, len(mine), AT_ONCE)]
    return sum([await _publish(sessions, some, publisher, at) for some in together])


async def _publish(sessions: Sessions, mine: Sequence[DueList], publisher: Publisher, at: datetime) -> int:
    async with sessions() as session:
        packed = await publisher.arrays.at_versions(session, [one for one in mine if not _names(one)], at)
        named = {one.list_id: await _named(session, one.list_id) for one in mine if _names(one)}
    stored = {"ttl": publisher.ttl, "issued_at": at, "expires_at": at + publisher.lifetime}
    rows = [_signed(one, packed, named, publisher, at) | stored for one in mine]
    async with sessions.begin() as session:
        return len((await session.scalars(_NEWEST, rows)).all())


def _names(due: DueList) -> bool:
    return due.mechanism == IDENTIFIER_LIST


async def _named(session: AsyncSession, list_id: UUID) -> list[bytes]:
    revoked = select(IdentifierEntry.identifier).where(IdentifierEntry.list_id == list_id, IdentifierEntry.revoked)
    return list(await session.scalars(revoked))


def _signed(
    due: DueList,
    packed: Mapping[UUID, bytes],
    named: Mapping[UUID, Sequence[bytes]],
    publisher: Publisher,
    at: datetime,
) -> dict[str, Any]:
    """Return name, version and forms of a list."""
    if _names(due):
        forms: tuple[bytes, str | None] = identifier_list_form(due.uri, named[due.list_id], publisher, at), None
    else:
        forms = status_list_forms(due.uri, due.bits, packed[due.list_id], publisher, at)
    return {"list_id": due.list_id, "version": due.version, "token": forms[0], "jwt": forms[1]}


_INSERT: Final = insert(StatusToken)
_LATER: Final[ColumnElement[bool]] = or_(
    StatusToken.version < _INSERT.excluded.version,
    and_(StatusToken.version == _INSERT.excluded.version, StatusToken.expires_at < _INSERT.excluded.expires_at),
)
_NEWEST: Final = _INSERT.on_conflict_do_update(
    index_elements=["list_id"], set_={name: _INSERT.excluded[name] for name in _COLUMNS}, where=_LATER
).returning(StatusToken.list_id)
