"""The processes of the JPKI side: systems listener, public lists in plain HTTP, worker."""

import uvicorn

from pki.app import ERASED, PkiParts, PkiSettings, create_app, create_worker, open_authorities
from pki.ca.lists import listed_in
from pki.delegates import KEYS, answer_keys
from pki.keys.uri import open_signer
from pki.plan import performed_plan
from pki.public import create_public_app
from registry.peer.listener import plain_config
from tegata.compose.clock import now
from tegata.compose.describe import describe
from tegata.compose.ground import (
    Settings,
    call_of,
    chance,
    log_of,
    open_store,
    serve_sweep,
    serve_systems,
    serve_worker,
    wrapping_of,
)

PKI = "pki"


def pki_settings(settings: Settings) -> PkiSettings:
    """Return what the composition root of the JPKI side is told."""
    return PkiSettings(settings.database_urls[PKI], settings.state, settings.wrapping_key(PKI), settings.addresses)


def pki_parts(settings: Settings) -> PkiParts:
    """Open what the JPKI side works with; its two authorities among it."""
    authorities = open_authorities(settings.state / "trust", lambda name: open_signer(settings.key(PKI, name)))
    sessions, intents = open_store(settings, PKI), open_store(settings, PKI, pool_size=2)
    return PkiParts(sessions, now, chance, wrapping_of(settings, PKI), authorities, intents)


async def run_pki(settings: Settings) -> None:
    """Serve the systems listener."""
    parts = pki_parts(settings)
    app = create_app(pki_settings(settings), parts)
    describe(app, settings, PKI)
    await serve_systems(app, settings, PKI, log_of(settings, PKI))


async def run_pki_worker(settings: Settings) -> None:
    """Run the worker."""
    parts = pki_parts(settings)
    call = call_of(settings, PKI, log_of(settings, PKI))
    delegates = {name: open_signer(settings.key(PKI, name)).public_key for name in set(KEYS.values())}
    vical = open_signer(settings.key(PKI, performed_plan(settings.state).vical.key))
    worker = create_worker(parts, call, state=settings.state, delegates=delegates, vical=vical)
    await serve_worker(worker, settings, PKI, parts.sessions)


async def run_pki_sweep(settings: Settings) -> None:
    """Erase what is due, under the sweep role."""
    await serve_sweep(settings, PKI, ERASED)


async def run_pki_public(settings: Settings) -> None:
    """Serve roots, lists and status answers in plain HTTP, with the read-only role and the OCSP signers' keys (D16)."""
    opened = {name: open_signer(settings.key(PKI, name)) for name in set(KEYS.values())}
    trust = settings.state / "trust"
    answered = answer_keys([*KEYS, *listed_in(trust)])
    signers = {authority: opened[name] for authority, name in answered.items()}
    app = create_public_app(open_store(settings, PKI), trust=trust, now=now, chance=chance, signers=signers)
    await uvicorn.Server(plain_config(app, port=settings.port)).serve()
