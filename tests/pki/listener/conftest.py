"""The public listener on a database whose commits others see, as somebody meets it who asks."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from pki.app import DATABASE, PkiParts, create_worker
from pki.delegates import HOUSE_KEY, JPKI_KEY, KEYS
from pki.public import create_public_app
from registry.postgres.engine import Sessions
from tegata.databases import StoreUrls
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases, opened
from tests.support.hierarchy import Hierarchy


async def silent(*_: object, **__: object) -> object:
    """Nobody is at the other end; nothing is sent here."""
    raise AssertionError("nothing is sent")


@pytest.fixture
def urls(fresh_databases: FreshDatabases) -> StoreUrls:
    """A database whose commits others see."""
    return fresh_databases([DATABASE])["pki"]


@pytest.fixture
async def sessions(urls: StoreUrls) -> AsyncIterator[Sessions]:
    """Sessions of the service."""
    async with opened(urls.app, pool_size=4) as made:
        yield made


@pytest.fixture
async def public(parts: PkiParts, urls: StoreUrls, pki: Hierarchy, clock: FrozenClock) -> AsyncIterator[Litestar]:
    """The public listener with its read-only role, after the worker has certified its signers."""
    keys = {name: pki.signer(name) for name in (HOUSE_KEY, JPKI_KEY)}
    delegates = {name: signer.public_key for name, signer in keys.items()}
    worker = create_worker(parts, silent, state=pki.state, delegates=delegates)  # type: ignore[arg-type]  # never called
    for step in ("register", "delegate", "lists", "publish"):
        await worker.run_step(step)
    signers = {authority: keys[name] for authority, name in KEYS.items()}
    async with opened(urls.check, pool_size=2) as reading:
        yield create_public_app(reading, trust=pki.state / "trust", now=clock, chance=parts.random, signers=signers)


@pytest.fixture
async def client(public: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who asks the public listener."""
    transport = httpx.ASGITransport(public, raise_app_exceptions=False)  # type: ignore[arg-type,unused-ignore]
    async with httpx.AsyncClient(transport=transport, base_url="http://crl.tegata.example") as made:
        yield made
