"""Signed lists, kept for a second at most, so that a suspension is public within the second (MDOC-56)."""

import asyncio
import gzip
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from uuid import UUID

from issuer.edge.forward import forward
from registry.act import Act
from registry.messages.status_list import AllLists, AllListsRequest, Form, PublishedList, StatusListRequest
from registry.peer.call import Call

KEPT = timedelta(seconds=1)
_MOST = 256
_ZIP_LEVEL = 6


@dataclass(frozen=True)
class Kept:
    """A token as it was given at an instant, with what HTTP says about its bytes."""

    at: datetime
    token: PublishedList

    @cached_property
    def etag(self) -> str:
        """Names these bytes and no others (RFC 9110 8.8.3)."""
        return sha256(self.token.token).hexdigest()[:32]

    @cached_property
    def zipped(self) -> bytes:
        """The bytes in gzip; the same for the same token, because no time is written into it."""
        return gzip.compress(self.token.token, _ZIP_LEVEL, mtime=0)


class Published:
    """The newest token of each list in each form, asked again from the inner issuer after a second."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._kept: dict[tuple[UUID, Form], Kept] = {}
        self._all: tuple[datetime, AllLists] | None = None
        self._asking = asyncio.Lock()

    async def get(self, list_id: UUID, act: Act, form: Form = Form.CWT) -> Kept:
        """Return the token of one list; raises ServiceError as the inner issuer does. Nothing older than a second."""
        async with self._asking:  # one question at a time, whoever else is waiting for the same answer
            kept = self.at_hand(list_id, act.at, form)
            if kept is None:
                message = StatusListRequest(list_id=list_id, form=form)
                token = await forward(self._call, "issuer.status_list", message, PublishedList, act=act)
                kept = self._keep((list_id, form), Kept(act.at, token))
        return kept

    def at_hand(self, list_id: UUID, at: datetime, form: Form) -> Kept | None:
        """Return the token of one list where it need not be asked for; as `get`, nothing older than a second."""
        kept = self._kept.get((list_id, form))
        return kept if kept is not None and _fresh(kept.at, at) else None

    async def everything(self, act: Act) -> AllLists:
        """Return the URIs of all published lists, nothing older than a second."""
        async with self._asking:
            if self._all is None or not _fresh(self._all[0], act.at):
                lists = await forward(self._call, "issuer.status_lists", AllListsRequest(), AllLists, act=act)
                self._all = act.at, lists
        return self._all[1]

    def _keep(self, key: tuple[UUID, Form], kept: Kept) -> Kept:
        self._kept.pop(key, None)
        if len(self._kept) >= _MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = kept
        return kept


def _fresh(kept_at: datetime, at: datetime) -> bool:
    return kept_at <= at < kept_at + KEPT


def max_age(token: PublishedList, at: datetime) -> int:
    """Return for how many seconds a relying party may keep the token: its ttl, and never beyond its end."""
    return max(0, min(token.ttl, int((token.expires_at - at).total_seconds())))
