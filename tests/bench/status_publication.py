"""How long a change takes to be public in a list of ten million places, from its commit to the stored token."""

import asyncio
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID

from sqlalchemy import select, text

from issuer.status_list.entries import set_status
from issuer.status_list.models import StatusEntry, StatusList
from issuer.status_list.packed import PackedLists
from issuer.status_list.plan import STATUS_LIST
from issuer.status_list.publication import Publisher
from issuer.status_list.token import current
from issuer.store import DATABASE
from mdoc.catalogue.mnc import NAME as MNC
from mdoc.status import Status
from pki.trust.mdoc import status_signer_trust
from registry.postgres.engine import Sessions
from tests.issuer.status_list.publishing import publish_due
from tests.support.clock import START
from tests.support.database import Stores, opened, running_server
from tests.support.hierarchy import hierarchy

PLACES: Final = 10_000_000
SET_SHARE: Final = 100  # one place in a hundred is not VALID
LIST: Final = UUID(int=1)

# Places are spread as chance would spread them, and the same in every run; a place drawn twice is set once.
_FILL = text(
    "INSERT INTO status_entry (list_id, idx, value, changed, decoy) "
    "SELECT :list, ('x' || left(md5(n::text), 8))::bit(32)::bigint % :places, 1 + n % 2, 1, false "
    "FROM generate_series(1, :set) AS n ON CONFLICT DO NOTHING"
)


def status_publish_10m() -> dict[str, float]:
    """
    Milliseconds: of a change's publication, median of five; of the first one, which reads the whole list; and bytes.

    The database is TEGATA_DATABASE_URL, or an embedded one that keeps its promises: what is committed is on the disk.
    """
    with running_server({}) as url, tempfile.TemporaryDirectory(prefix="tegata-bench-") as folder:
        stores = Stores(url, f"bench{os.getpid()}", Path(folder))
        try:
            return asyncio.run(_measure(stores))
        finally:
            stores.close()


async def _measure(stores: Stores) -> dict[str, float]:
    async with opened(stores.urls(DATABASE).app) as sessions:
        await _fill(sessions)
        pki = hierarchy()
        trust = status_signer_trust(pki.anchors("iaca"))
        publisher = Publisher(pki.signer("status_signer").sign, pki.chain("status_signer"), trust)
        first = await _timed(sessions, publisher)
        changes = [await _change(sessions, publisher, number) for number in range(5)]
        anew = await _change(sessions, replace(publisher, arrays=PackedLists()), 5)
        async with sessions() as session:
            published = await current(session, LIST, START)
    size = 0 if published is None else len(published.token)
    return {"publish_ms": median(changes), "first_ms": first, "after_restart_ms": anew, "token_bytes": size}


async def _change(sessions: Sessions, publisher: Publisher, number: int) -> float:
    suspended = (
        select(StatusEntry.idx).where(StatusEntry.list_id == LIST, StatusEntry.value == 2).offset(number).limit(1)
    )
    async with sessions.begin() as session:
        place = await session.scalar(suspended)
        await set_status(session, [(LIST, place or 0)], Status.INVALID)
    return await _timed(sessions, publisher)


async def _timed(sessions: Sessions, publisher: Publisher) -> float:
    began = time.perf_counter()
    if not await publish_due(sessions, publisher, at=START):
        raise RuntimeError("nothing was published")
    return (time.perf_counter() - began) * 1000


async def _fill(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        session.add(
            StatusList(
                list_id=LIST,
                uri="https://smp.test/status-lists/1",
                doc_type=MNC,
                mechanism=STATUS_LIST,
                bits=2,
                size=PLACES,
                state="closed",
                version=1,
                opened_at=START,
            )
        )
        await session.flush()
        await session.execute(_FILL, {"list": LIST, "places": PLACES, "set": PLACES // SET_SHARE})
