"""The processes of the four stores: a listener and a worker each."""

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from pki.keys.uri import open_signer
from registry.app import ERASED, StoreParts, StoreSettings, create_app, create_worker
from registry.card.tools import CardSigner
from registry.postgres.engine import open_engine, open_sessions
from registry.trail.communication import CommunicationLog
from tegata.compose.clock import now
from tegata.compose.describe import describe
from tegata.compose.ground import (
    Settings,
    call_of,
    chance,
    log_of,
    open_store,
    serve_chain,
    serve_sweep,
    serve_systems,
    serve_worker,
    wrapping_of,
)

TEMPORARY = "fuhyo_tmp"
"""The one database beside its own of which a process holds the URL: the listener of fuhyo (D5)."""


def store_settings(settings: Settings, system: str) -> StoreSettings:
    """Return what the composition root of a store is told."""
    return StoreSettings(
        system=system,
        database_url=settings.database_urls[system],
        certificate=settings.systems(system, "certificate.pem"),
        key=settings.systems(system, "key.pem"),
        systems_ca=settings.trust("systems_ca.pem"),
        systems_crl=settings.trust("systems.crl"),
        wrapping_key=settings.wrapping_key(system),
        addresses=settings.addresses,
        extra=settings.options,
    )


def store_parts(
    settings: Settings, system: str, signer: CardSigner | None = None
) -> tuple[StoreParts, CommunicationLog]:
    """Open what a store works with: its database, the clock, chance, its keys and its way to the others."""
    sessions = open_store(settings, system)
    temporary = open_store(settings, TEMPORARY, pool_size=2) if TEMPORARY in settings.database_urls else None
    log = log_of(settings, system)
    call = call_of(settings, system, log)
    return StoreParts(sessions, now, chance, wrapping_of(settings, system), call, signer, temporary), log


async def run_store(settings: Settings, system: str) -> None:
    """Serve one store's systems listener."""
    parts, log = store_parts(settings, system)
    app = create_app(store_settings(settings, system), parts)
    describe(app, settings, system)
    await serve_systems(app, settings, system, log)


async def run_store_worker(settings: Settings, system: str) -> None:
    """Run one store's worker; only the card store's opens the card-data signer."""
    signer = _card_signer(settings) if system == "card" else None
    parts, _ = store_parts(settings, system, signer)
    await serve_worker(create_worker(store_settings(settings, system), parts), settings, system, parts.sessions)


async def run_chain_worker(settings: Settings, system: str) -> None:
    """Run the worker of a store that has nothing to send and nothing to do but to chain its trail."""
    engine = open_engine(settings.database_urls[system], pool_size=1)
    try:
        await serve_chain(settings, system, open_sessions(engine))
    finally:
        await engine.dispose()


async def run_store_sweep(settings: Settings, store: str) -> None:
    """Erase what is due in one database, under its sweep role."""
    await serve_sweep(settings, store, ERASED[store])


def _card_signer(settings: Settings) -> CardSigner:
    pem = (settings.state / "certificates" / "card_data_signer.pem").read_bytes()
    certificate = load_pem_x509_certificate(pem)
    signer = open_signer(settings.key("card", "card_data_signer"))
    return CardSigner(signer.sign, certificate.public_bytes(Encoding.DER))
