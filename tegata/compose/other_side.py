"""The processes of the other side that listen: the relay, the parties, and the pages with the API reference."""

import asyncio
import ssl
from collections.abc import Callable

import httpx
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa

from registry.peer.listener import plain_config, public_config, systems_config
from tegata.compose.clock import now
from tegata.compose.describe import DESCRIPTIONS, describe
from tegata.compose.ground import TIMEOUT, Settings, chance, serve_systems
from tegata.compose.reference import allow_plain_pages, create_reference
from wallet_sim.makers.app import create_app as create_makers
from wallet_sim.parties.app import PartySettings, create_party
from wallet_sim.parties.app import create_app as create_party_app
from wallet_sim.parties.line import mutual_tls
from wallet_sim.relay.app import RelaySettings
from wallet_sim.relay.app import create_app as create_relay

MAKERS = "makers"


def make_key() -> rsa.RSAPrivateKey:
    """Make a key pair inside a chip (2048 bits: JPKI Regulation article 2)."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def run_relay(settings: Settings) -> None:
    """
    Serve the relay: phones without a certificate, the issuer with its own, on one listener.

    Its server certificate is the public one for phones; the systems CA is what it asks callers for.
    """
    relay = RelaySettings(settings.state / "relay", settings.trust("systems.crl"))
    app = create_relay(relay, now=now)
    describe(app, settings, "relay", mutual=False)
    config = systems_config(
        app,
        port=settings.port,
        certificate=settings.systems("relay", "certificate.pem"),
        key=settings.systems("relay", "key.pem"),
        ca=settings.trust("systems_ca.pem"),
        on_failed_handshake=lambda _reason: None,
    )
    _also_for_phones(config, settings)
    await uvicorn.Server(config).serve()


def _also_for_phones(config: uvicorn.Config, settings: Settings) -> None:
    """Show the public certificate to whoever asks for localhost: phones know nothing of the systems CA (D16)."""
    folder = settings.state / "public" / "relay"
    public = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    public.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    make = config.ssl_context_factory
    if make is None:
        raise TypeError("the relay speaks TLS only")

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name == "localhost":
            connection.context = public

    def build(of: uvicorn.Config, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        context = make(of, default)
        context.sni_callback = choose
        return context

    config.ssl_context_factory = build


async def run_makers(settings: Settings) -> None:
    """Serve the lists of the simulated makers of phones, over HTTPS to everybody, as theirs are."""
    folder = settings.state / "public" / MAKERS
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    app = create_makers(settings.state / "wallet-maker")
    await uvicorn.Server(public_config(app, port=settings.port, certificate=certificate, key=key)).serve()


async def run_party(settings: Settings, party: str) -> None:
    """Serve one of the parties that are told things: a municipality's CS, a contractor."""
    party_settings = PartySettings(
        system=party,
        folder=settings.state / "parties" / party,
        mailbox=settings.state / "mailbox",
        addresses=settings.addresses,
        systems_crl=settings.trust("systems.crl"),
        tick=settings.seconds("tick", 0.2),
    )
    context = mutual_tls(
        settings.systems(party, "certificate.pem"), settings.systems(party, "key.pem"), settings.trust("systems_ca.pem")
    )
    async with httpx.AsyncClient(verify=context, timeout=TIMEOUT, trust_env=False) as client:
        made = create_party(party_settings, client=client, random=chance, make_key=make_key)
        app = create_party_app(party_settings, made, now=now, wait=asyncio.sleep)
        await serve_systems(app, settings, party, None)


async def run_reference(settings: Settings) -> None:
    """Serve the API reference on http://localhost, a secure context for browsers; refused in production (D16)."""
    allow_plain_pages(settings.options.get("profile", "development"))
    app = create_reference(settings.state / DESCRIPTIONS)
    await uvicorn.Server(plain_config(app, port=settings.port)).serve()
