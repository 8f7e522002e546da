"""The reader of the store `pki`: the two questions that are asked under the read-only role."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.files import UnreadableFile
from pki.check import CheckReport, Open, any_holder, check_store, load_roots
from pki.overview import CertificateLine, overview
from pki.plan import CeremonyHalted
from registry.postgres.engine import Sessions, open_engine, open_sessions
from registry.sealing.data_keys import load_sealer
from tegata.compose.clock import now
from tegata.compose.ground import Settings, chance, wrapping_of
from tegata.compose.reader import NoCheck

PKI = "pki"
T = TypeVar("T")


UNUSABLE = (CeremonyHalted, UnreadableFile, NoCheck)
"""What says that a command of the PKI cannot be carried out as asked."""


async def check_everything(settings: Settings) -> CheckReport:
    """Check every certificate of the store (`pki.check`)."""

    async def work(session: AsyncSession, sessions: Sessions) -> CheckReport:
        open_sealed = await _opener(session, sessions, settings)
        return await check_store(session, load_roots(settings.state / "trust"), open_sealed)

    return await _reading(settings, work)


async def look_ahead(settings: Settings) -> list[CertificateLine]:
    """Return what is in force, what follows and what ends soon (`pki.iaca.overview`)."""

    async def work(session: AsyncSession, sessions: Sessions) -> list[CertificateLine]:
        del sessions
        return await overview(session, now())

    return await _reading(settings, work)


async def _reading(settings: Settings, work: Callable[[AsyncSession, Sessions], Awaitable[T]]) -> T:
    engine = open_engine(settings.database_urls[PKI], pool_size=2)
    sessions = open_sessions(engine)
    try:
        async with sessions() as session:
            return await work(session, sessions)
    finally:
        await engine.dispose()


async def _opener(session: AsyncSession, sessions: Sessions, settings: Settings) -> Open:
    """Open data keys only where holders' certificates are: a new store has none, and a reader makes none."""
    if not await any_holder(session):
        return lambda sealed, _: sealed
    wrapping = wrapping_of(settings, PKI)
    sealer = await load_sealer(sessions, wrap=wrapping.wrap, unwrap=wrapping.unwrap, random=chance, at=now())
    return sealer.open
