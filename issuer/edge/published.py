"""Signed status lists, kept for a second at most, so that a suspension is public within the second (MDOC-56)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from issuer.edge.forward import forward
from registry.act import Act
from registry.messages.status_list import PublishedList, StatusListRequest
from registry.peer.call import Call

MEDIA_TYPE = "application/statuslist+cwt"
KEPT = timedelta(seconds=1)
_MOST = 256


@dataclass(frozen=True)
class _Kept:
    at: datetime
    token: PublishedList


class Published:
    """The newest token of each list, asked again from the inner issuer after a second."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._kept: dict[UUID, _Kept] = {}
        self._asking = asyncio.Lock()

    async def get(self, list_id: UUID, act: Act) -> PublishedList:
        """Return the token of one list; raises ServiceError as the inner issuer does. Nothing older than a second."""
        async with self._asking:  # one question at a time, whoever else is waiting for the same answer
            kept = self._kept.get(list_id)
            if kept is None or not kept.at <= act.at < kept.at + KEPT:
                message = StatusListRequest(list_id=list_id)
                token = await forward(self._call, "issuer.status_list", message, PublishedList, act=act)
                kept = self._keep(list_id, _Kept(act.at, token))
        return kept.token

    def _keep(self, list_id: UUID, kept: _Kept) -> _Kept:
        self._kept.pop(list_id, None)
        if len(self._kept) >= _MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[list_id] = kept
        return kept


def max_age(token: PublishedList, at: datetime) -> int:
    """Return for how many seconds a relying party may keep the token: its ttl, and never beyond its end."""
    return max(0, min(token.ttl, int((token.expires_at - at).total_seconds())))
