"""The job that publishes: a new token for every list that changed, and for every list long before its exp (D11)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from issuer.status_list.forms import Terms, identifier_list_form, status_list_forms
from issuer.status_list.models import IdentifierEntry, StatusList, StatusToken
from issuer.status_list.packed import PackedLists
from issuer.status_list.plan import IDENTIFIER_LIST

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True)
class Publisher(Terms):
    """
    The terms of publication, and the arrays that this process remembers.

    `root`: only lists under this root are published, None for all; lists without a root are those of `first_root`.
    """

    arrays: PackedLists = field(default_factory=PackedLists)
    root: str | None = None
    first_root: str = ""


async def publish_due(sessions: Sessions, publisher: Publisher, *, at: datetime) -> int:
    """Publish every list whose token is missing, outdated or past half its life; return how many were published."""
    async with sessions() as session:
        due = list(await session.scalars(_due(publisher, at)))
    return sum([await publish(sessions, list_id, publisher, at=at) for list_id in due])


def _due(publisher: Publisher, at: datetime) -> Select[UUID]:
    due = _of_any_root(publisher, at)
    if publisher.root is None:
        return due
    return due.where(func.coalesce(StatusList.root, publisher.first_root) == publisher.root)


def _of_any_root(publisher: Publisher, at: datetime) -> Select[UUID]:
    return (
        select(StatusList.list_id)
        .outerjoin(StatusToken, StatusToken.list_id == StatusList.list_id)
        .where(or_(StatusToken.list_id.is_(None), StatusToken.version < StatusList.version, _old(publisher, at)))
        .order_by(StatusList.list_id)
    )


def _old(publisher: Publisher, at: datetime) -> ColumnElement[bool]:
    return StatusToken.expires_at <= at + publisher.lifetime / 2


async def publish(sessions: Sessions, list_id: UUID, publisher: Publisher, *, at: datetime) -> bool:
    """
    Sign and store the tokens of one list as it stands; tell whether it was still due.

    The list's row is locked meanwhile: an act that changes entries is either wholly in this token or wakes the next
    publication. Raises StatusTokenRefused when our own reader would not believe the token; nothing is stored then.
    """
    async with sessions.begin() as session:
        # Places may be given meanwhile: they only refer to the row, and a new place reads as VALID anyway.
        lock = {"key_share": True}
        row = await session.get_one(StatusList, list_id, with_for_update=lock, populate_existing=True)
        young = select(StatusToken.version).where(StatusToken.list_id == list_id, ~_old(publisher, at))
        last = await session.scalar(young)
        if last is not None and last >= row.version:
            return False  # another publisher was here first
        forms = await _sign(session, row, publisher, at, anew=last is None)
        stored = {"version": row.version, "ttl": publisher.ttl, "issued_at": at, "expires_at": at + publisher.lifetime}
        statement = insert(StatusToken).values(list_id=list_id, **forms, **stored)
        await session.execute(statement.on_conflict_do_update(index_elements=["list_id"], set_=forms | stored))
    return True


async def _sign(
    session: AsyncSession, row: StatusList, publisher: Publisher, at: datetime, *, anew: bool
) -> dict[str, Any]:
    """Return the columns with the forms of a list; a publication by the clock reads everything `anew`."""
    if row.mechanism == IDENTIFIER_LIST:
        revoked = select(IdentifierEntry.identifier).where(
            IdentifierEntry.list_id == row.list_id, IdentifierEntry.revoked
        )
        named = list(await session.scalars(revoked))
        return {"token": identifier_list_form(row.uri, named, publisher, at), "jwt": None}
    packed = await publisher.arrays.at_version(session, row, at, anew=anew)
    token, signed = status_list_forms(row.uri, row.bits, packed, publisher, at)
    return {"token": token, "jwt": signed}
