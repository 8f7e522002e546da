"""The processes of the mdoc issuance system: the inner listener, its worker, and the public edge (D16, MDOC-62)."""

from dataclasses import fields, replace

import uvicorn

from issuer.app import IssuerParts, IssuerSettings, Signers, create_app, create_worker
from issuer.edge.app import EdgeSettings, create_edge
from issuer.retention import Periods, rules
from pki.keys.signer import ES256
from pki.keys.uri import make_signer, open_signer
from registry.peer.listener import public_config
from registry.trail.communication import CommunicationLog
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
from tegata.compose.maker_lists import addresses, fetch_of, maker_kinds
from tegata.compose.watch import WATCH

ISSUER = "issuer"


def issuer_settings(settings: Settings) -> IssuerSettings:
    """Return what the composition root of the issuer is told."""
    return IssuerSettings(
        database_url=settings.database_urls[ISSUER],
        state=settings.state,
        wrapping_key=settings.wrapping_key(ISSUER),
        public_url=settings.public_url,
        makers=settings.trust("makers"),
        maker_lists=maker_kinds(settings),
        maker_list_term_seconds=settings.seconds("maker_list_term", 86_400),
        maker_addresses=addresses(settings),
        addresses=settings.addresses,
        lead_days=float(settings.options.get("lead_days", 3)),
        renewal_spread_seconds=settings.seconds("renewal_spread", 0),
        notice_repeat_seconds=settings.seconds("notice_repeat", 3600),
        hold_retry_seconds=settings.seconds("hold_retry", 60),
        verification_lease_seconds=settings.seconds("verification_lease", 120),
        claim_lease_seconds=settings.seconds("claim_lease", 20),
    )


def issuer_parts(settings: Settings) -> tuple[IssuerParts, CommunicationLog]:
    """Open what both processes of the issuer work with."""
    sessions = open_store(settings, ISSUER)
    log = log_of(settings, ISSUER)
    call = call_of(settings, ISSUER, log)
    return IssuerParts(sessions, now, chance, wrapping_of(settings, ISSUER), call), log


async def run_issuer(settings: Settings) -> None:
    """Serve the inner listener; it opens no signing key."""
    parts, log = issuer_parts(settings)
    app = create_app(issuer_settings(settings), parts)
    describe(app, settings, ISSUER)
    await serve_systems(app, settings, ISSUER, log)


async def run_issuer_worker(settings: Settings) -> None:
    """Run the worker, which alone opens the document signer's and the status signer's key."""
    opened, _ = issuer_parts(settings)
    parts = replace(opened, fetch=fetch_of(settings))
    signers = Signers(
        open_signer(settings.key(ISSUER, "document_signer")),
        open_signer(settings.key(ISSUER, "status_signer")),
        lambda name: make_signer(settings.key(ISSUER, name), ES256),
    )
    await serve_worker(create_worker(issuer_settings(settings), parts, signers), settings, ISSUER, parts.sessions)


async def run_issuer_sweep(settings: Settings) -> None:
    """Erase what is due, under the sweep role; every period has to be set: KeyError names the one that is missing."""
    periods = Periods(**{each.name: int(settings.options[each.name]) for each in fields(Periods)})
    await serve_sweep(settings, ISSUER, rules(periods))


async def run_edge(settings: Settings) -> None:
    """Serve the public listener: no database URL and no key but that of its TLS certificate (MDOC-62)."""
    limit = int(settings.options.get("requests_per_minute", 600))
    app = create_edge(EdgeSettings(limit), call_of(settings, "edge", None), now=now, random=chance)
    describe(app, settings, "edge", mutual=False)
    folder = settings.state / "public" / "edge"
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    config = public_config(WATCH.application(app), port=settings.port, certificate=certificate, key=key)
    await uvicorn.Server(config).serve()
