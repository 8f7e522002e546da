"""
The worker's step "maker_lists": each maker's list is asked for when its time has come, and taken only if it is sound.

How often is the maker's word (Cache-Control), within bounds; what has not changed is not sent again (RFC 9110 13.1.2).
"""

import asyncio
import logging
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from issuer.fetch import Fetch, NotFetched
from issuer.smp.makers.kept import TERM, file_of
from issuer.smp.makers.status_list import MalformedMakerList, read

log = logging.getLogger(__name__)
SHORTEST: Final = timedelta(seconds=1)
RETRY: Final = timedelta(seconds=60)


class MakerLists:
    """The lists of all makers, by kind of phone: where each is published, and the folder in which they are kept."""

    def __init__(self, addresses: Mapping[str, str], folder: Path, fetch: Fetch, term: timedelta = TERM) -> None:
        self._addresses = addresses
        self._folder = folder
        self._fetch = fetch
        self._longest = term / 2  # one failure must not make applications wait
        self._due: dict[str, datetime] = {}
        self._tags: dict[str, str | None] = {}

    async def fetch_due(self, at: datetime) -> int:
        """Ask for every list whose time has come; return how many were taken or found unchanged."""
        due = [kind for kind in self._addresses if self._due.get(kind, at) <= at]
        return sum([await self._take(kind, at) for kind in due])

    async def _take(self, kind: str, at: datetime) -> bool:
        self._due[kind] = at + min(RETRY, self._longest)
        path = file_of(self._folder, kind)
        try:
            fetched = await self._fetch(self._addresses[kind], self._tags.get(kind) if path.exists() else None)
            await asyncio.to_thread(_keep, path, fetched.body, at)
        except NotFetched as failed:
            log.warning("maker list not fetched", extra={"kind": kind, "reason": str(failed)})
            return False
        except MalformedMakerList:
            log.error("maker list refused", extra={"kind": kind})  # noqa: TRY400 - an error's text quotes data
            return False
        self._tags[kind] = fetched.tag
        self._due[kind] = at + min(max(fetched.fresh_for, SHORTEST), self._longest)
        return True


def _keep(path: Path, body: bytes | None, at: datetime) -> None:
    """Put a sound list in the place of the one before, in one step; what has not changed is stamped anew."""
    stamp = (at.timestamp(), at.timestamp())
    if body is None:
        os.utime(path, stamp)
        return
    read(body)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    os.utime(draft, stamp)
    draft.replace(path)
