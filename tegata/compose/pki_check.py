"""The reader of the store `pki`: its settings, and the two questions that are asked under the read-only role."""

import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.files import UnreadableFile
from pki.check import CheckReport, Open, any_holder, check_store, load_roots
from pki.overview import CertificateLine, overview
from pki.plan import CeremonyHalted
from registry.postgres.engine import Sessions, open_engine, open_sessions
from registry.sealing.data_keys import load_sealer
from tegata.compose.clock import now
from tegata.compose.ground import Settings, chance, read_settings, wrapping_of
from wallet_sim.sealed_file import write_whole

FILE = "pki-check.json"
PKI = "pki"
T = TypeVar("T")


class NoCheck(Exception):
    """There are no settings of a reader, or others may read them."""


def write_check_settings(state: Path, url: str, keys: str = "") -> Path:
    """Leave the settings of the reader beside the state of a house, for its owner only."""
    path = state / FILE
    settings = {"state": str(state.absolute()), "database_urls": {PKI: url}, "keys": keys}
    write_whole(path, msgspec.json.encode(settings))
    return path


def read_check_settings(house: Path, given: Path | None) -> Settings:
    """Read the settings that were given, or those of a served house; raises NoCheck."""
    path = given or house / "state" / FILE
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise NoCheck(f"{path} holds a password, and other users may reach it: chmod 600")
        return read_settings(msgspec.json.decode(path.read_bytes(), type=dict[str, object]))
    except (OSError, msgspec.MsgspecError):
        raise NoCheck(f"{path} holds no settings of a reader; start the house with tegata serve") from None


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
