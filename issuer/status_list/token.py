"""The token that counts now, and where all of them are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.status_list.models import StatusList, StatusToken
from issuer.status_list.plan import IDENTIFIER_LIST
from registry.act import Act
from registry.messages.status_list import AllLists, AllListsRequest, Form, PublishedList, StatusListRequest


async def current(session: AsyncSession, list_id: UUID, at: datetime, form: Form = Form.CWT) -> PublishedList | None:
    """Return the newest token of a list in one form, or None when there is none that has not expired."""
    row = await session.get(StatusToken, list_id)
    if row is None or row.expires_at <= at:
        return None
    token = row.token if form is not Form.JWT else (row.jwt or "").encode()
    return PublishedList(token=token, ttl=row.ttl, expires_at=row.expires_at) if token else None


async def current_at(session: AsyncSession, uri: str, at: datetime) -> bytes | None:
    """Return the newest CWT of the list at a URI, or None when the list is not ours or its token has expired."""
    list_id = await session.scalar(select(StatusList.list_id).where(StatusList.uri == uri))
    published = None if list_id is None else await current(session, list_id, at)
    return None if published is None else published.token


async def answer(session: AsyncSession, act: Act, message: StatusListRequest) -> PublishedList:
    """Return the token for a relying party; raises IssuerError(status_list_unknown)."""
    row = await session.get(StatusList, message.list_id)
    fits = row is not None and (row.mechanism == IDENTIFIER_LIST) == (message.form is Form.IDENTIFIERS)
    published = await current(session, message.list_id, act.at, message.form) if fits else None
    if published is None:
        raise IssuerError(Code.STATUS_LIST_UNKNOWN, "There is no published list of this name.")
    return published


async def answer_all(session: AsyncSession, act: Act, message: AllListsRequest) -> AllLists:
    """Return the URI of every list that is published, so that a relying party may fetch them in advance (draft 9)."""
    del message
    query = (
        select(StatusList.uri)
        .join(StatusToken, StatusToken.list_id == StatusList.list_id)
        .where(StatusToken.expires_at > act.at)
        .order_by(StatusList.uri)
    )
    return AllLists(status_lists=list(await session.scalars(query)))
