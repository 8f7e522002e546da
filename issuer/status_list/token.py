"""The token that counts now."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.status_list.models import StatusList, StatusToken
from registry.act import Act
from registry.messages.status_list import PublishedList, StatusListRequest


async def current(session: AsyncSession, list_id: UUID, at: datetime) -> PublishedList | None:
    """Return the newest token of a list, or None when there is none that has not expired."""
    row = await session.get(StatusToken, list_id)
    if row is None or row.expires_at <= at:
        return None
    return PublishedList(token=row.token, ttl=row.ttl, expires_at=row.expires_at)


async def current_at(session: AsyncSession, uri: str, at: datetime) -> bytes | None:
    """Return the newest token of the list at a URI, or None when the list is not ours or its token has expired."""
    list_id = await session.scalar(select(StatusList.list_id).where(StatusList.uri == uri))
    published = None if list_id is None else await current(session, list_id, at)
    return None if published is None else published.token


async def answer(session: AsyncSession, act: Act, message: StatusListRequest) -> PublishedList:
    """Return the token for a relying party; raises IssuerError(status_list_unknown)."""
    published = await current(session, message.list_id, act.at)
    if published is None:
        raise IssuerError(Code.STATUS_LIST_UNKNOWN, "There is no published list of this name.")
    return published
