"""
All systems in one process, each with its own real database, joined by their real clients over in-memory transports.

::

    async with joined(fresh_databases, clock, entropy, tmp_path) as house:
        line = house.client("municipal-cs", "131016")     # an httpx.AsyncClient with that system's certificate
        await house.settle()                               # run every worker until nothing is left

Addresses are `https://<system>`; what a system may call is what the access matrix lets it call. Nothing is mocked:
only time and chance are handed in, and no socket is opened.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from issuer.app import IssuerParts, IssuerSettings, Signers
from issuer.app import create_app as create_issuer
from issuer.app import create_worker as create_issuer_worker
from issuer.edge.app import EdgeSettings, create_edge
from pki.app import PkiParts, PkiSettings, open_authorities
from pki.app import create_app as create_pki
from pki.app import create_worker as create_pki_worker
from pki.keys.signer import ES256, Signer
from pki.keys.uri import make_signer, make_wrapping_key
from pki.keys.wrapping import Wrapping
from registry.app import DATABASES, StoreParts, StoreSettings, create_app, create_worker
from registry.card.tools import CardSigner
from registry.outbox.queue import Worker
from registry.peer.client import HttpCall
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.trail.communication import CommunicationLog
from tegata.compose.maker_lists import HttpFetch
from tegata.databases import StoreUrls
from tegata.house import DATABASES as ALL
from tegata.house import PARTIES, callable_by
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases, opened
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy, hierarchy
from tests.support.peers import PeerTransport, WhenAsked
from wallet_sim.makers.app import create_app as create_makers
from wallet_sim.parties.app import PartySettings, create_party
from wallet_sim.parties.app import create_app as create_party_app
from wallet_sim.phone.maker import KINDS, WalletMaker
from wallet_sim.relay.app import RelaySettings
from wallet_sim.relay.app import create_app as create_relay

STORES = ("number", "juki", "card", "fuhyo")
OURS = (*STORES, "pki", "issuer")
"""The systems that keep a trail. The relay keeps refusals of its own; parties belong to others."""

LINKED = ("trust", "systems", "reader", "certificates", "keys")
LEAD_DAYS = 14.0
YEARS = 10 * 365 * 86_400.0  # a journey leaps over weeks, and a phone may speak before a worker fetches


class Switchboard(httpx.AsyncBaseTransport):
    """
    Carries each request to the application its host names, showing one peer certificate to all of them.

    `asked` takes the names of the systems that were asked for something.
    """

    def __init__(self, apps: Mapping[str, WhenAsked], certificate: bytes | None, asked: set[str]) -> None:
        self._apps = apps
        self._certificate = certificate
        self._asked = asked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request over; a system that is not there cannot be connected to."""
        app = self._apps.get(request.url.host)
        if app is None:
            raise httpx.ConnectError("nobody listens", request=request)
        self._asked.add(request.url.host)
        return await PeerTransport(app, self._certificate).handle_async_request(request)


@dataclass(frozen=True)
class Past:
    """What a house goes on from that lies in no database and no folder: who makes phones, its begin, chips made."""

    maker: WalletMaker
    begun: datetime
    chips: int = 0


@dataclass
class Joined:
    """
    The systems of one test.

    `state` is the folder a party or a phone looks into: what the ceremony made, and what the other side keeps.
    """

    clock: FrozenClock
    entropy: SeededBytes
    pki: Hierarchy
    state: Path
    urls: Mapping[str, StoreUrls]
    maker: WalletMaker
    begun: datetime
    chips: int
    apps: dict[str, WhenAsked] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    works: list[Callable[[], Awaitable[int]]] = field(default_factory=list)
    sessions: dict[str, Sessions] = field(default_factory=dict)
    logs: dict[str, Sessions] = field(default_factory=dict)
    settling: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked: set[str] = field(default_factory=set)

    def client(self, system: str | None, body: str = "") -> httpx.AsyncClient:
        """Return a client that every system sees as this one; None shows no certificate."""
        certificate = None if system is None else self.pki.system(system, body)
        return httpx.AsyncClient(transport=Switchboard(self.apps, certificate, self.asked))

    def addresses(self, system: str) -> dict[str, str]:
        """Return where the systems are that one system may call."""
        return {name: f"https://{name}" for name in callable_by(system)}

    def call(self, system: str) -> HttpCall:
        """Return the Call of one of our systems, with its communication log where it has a store."""
        sessions = self.logs.get(system)
        log = CommunicationLog(sessions, system, self.entropy).outgoing if sessions is not None else None
        return HttpCall(self.client(system), self.addresses(system), log, self.clock)

    def wrapping(self, owner: str) -> Wrapping:
        """Return the wrapping key of one context."""
        return make_wrapping_key((self.state / f"{owner}.key").absolute().as_uri(), self.entropy)

    def signer(self, name: str) -> Signer:
        """Make or open a later signing key of the issuer."""
        return make_signer((self.state / f"{name}.pem").absolute().as_uri(), ES256)

    async def settle(self) -> None:
        """Run every worker and every party until none of them finds anything more to do."""
        async with self.settling:
            self.asked |= set(self.workers)
            while self.asked & set(self.workers):
                await self._round()

    async def _round(self) -> None:
        """Let every party work, and each worker whose system was asked for something since it last found nothing."""
        for name, worker in self.workers.items():
            if name in self.asked:
                self.asked.discard(name)
                await worker.drain(self.clock())
        for work in self.works:
            while await work():
                pass


@asynccontextmanager
async def joined(
    fresh_databases: FreshDatabases,
    clock: FrozenClock,
    entropy: SeededBytes,
    folder: Path,
    databases: tuple[Database, ...] = ALL,
    pki: Hierarchy | None = None,
    past: Past | None = None,
) -> AsyncIterator[Joined]:
    """Start the systems whose databases are named, each on a database of its own, and the other side around them."""
    pki = pki or hierarchy()
    for name in LINKED:
        (folder / name).symlink_to(pki.state / name)
    past = past or Past(WalletMaker.make(at=clock(), random=entropy), clock())
    urls = fresh_databases(list(databases))
    house = Joined(clock, entropy, pki, folder, urls, past.maker, past.begun, past.chips)
    async with AsyncExitStack() as engines:
        for database in databases:
            for kind, size in ((house.sessions, 3), (house.logs, 2)):
                kind[database.name] = await engines.enter_async_context(opened(urls[database.name].app, size))
        for system in STORES:
            if system in house.sessions:
                _store(house, system)
        if "pki" in house.sessions:
            _pki(house)
        if "issuer" in house.sessions:
            _issuer(house)
        _other_side(house)
        yield house


def _store(house: Joined, system: str) -> None:
    state = house.pki.state
    settings = StoreSettings(
        system=system,
        database_url="",
        certificate=state / "systems" / system / "certificate.pem",
        key=state / "systems" / system / "key.pem",
        systems_ca=state / "trust" / "systems_ca.pem",
        systems_crl=state / "trust" / "systems.crl",
        wrapping_key="",
    )
    signer = _card_signer(house.pki) if system == "card" else None
    parts = StoreParts(
        house.sessions[system],
        house.clock,
        house.entropy,
        house.wrapping(system),
        house.call(system),
        signer,
        house.sessions.get("fuhyo_tmp") if system == "fuhyo" else None,
    )
    house.apps[system] = WhenAsked(lambda: create_app(settings, parts))
    if system in DATABASES and DATABASES[system].queue:
        house.workers[system] = create_worker(settings, parts)


def _card_signer(pki: Hierarchy) -> CardSigner:
    certificate = pki.certificate("card_data_signer").public_bytes(Encoding.DER)
    return CardSigner(pki.signer("card_data_signer").sign, certificate)


def _pki(house: Joined) -> None:
    authorities = open_authorities(house.pki.state / "trust", house.pki.signer)
    parts = PkiParts(
        house.sessions["pki"], house.clock, house.entropy, house.wrapping("pki"), authorities, house.logs["pki"]
    )
    house.apps["pki"] = WhenAsked(lambda: create_pki(PkiSettings("", house.pki.state, ""), parts))
    house.workers["pki"] = create_pki_worker(parts, house.call("pki"))


def _issuer(house: Joined) -> None:
    house.maker.publish(house.state / "makers", at=house.clock())
    settings = IssuerSettings(
        database_url="",
        state=house.pki.state,
        wrapping_key="",
        public_url="https://edge",
        makers=house.state / "makers",
        maker_list_term_seconds=YEARS,
        maker_addresses={kind: f"https://makers/attestation/status/{kind}" for kind in KINDS},
        lead_days=LEAD_DAYS,
        status_list_size=4096,
    )
    parts = IssuerParts(
        house.sessions["issuer"], house.clock, house.entropy, house.wrapping("issuer"), house.call("issuer")
    )
    outward = replace(parts, fetch=HttpFetch(house.client(None)))
    signers = Signers(house.pki.signer("document_signer"), house.pki.signer("status_signer"), house.signer)
    house.apps["issuer"] = WhenAsked(lambda: create_issuer(settings, parts))
    house.workers["issuer"] = create_issuer_worker(settings, outward, signers)
    edge = EdgeSettings(requests_per_minute=100_000)
    inside = house.call("edge")
    house.apps["edge"] = WhenAsked(lambda: create_edge(edge, inside, now=house.clock, random=house.entropy))


def _other_side(house: Joined) -> None:
    crl = house.pki.state / "trust" / "systems.crl"
    relay = RelaySettings(house.state / "relay", crl)
    house.maker.publish(house.state / "wallet-maker", at=house.clock())
    house.apps["makers"] = WhenAsked(lambda: create_makers(house.state / "wallet-maker"))
    house.apps["relay"] = WhenAsked(lambda: create_relay(relay, now=house.clock))
    for name in PARTIES:
        folder, mailbox = house.state / "parties" / name, house.state / "mailbox"
        settings = PartySettings(name, folder, mailbox, house.addresses(name), crl)
        party = create_party(settings, client=house.client(name), random=house.entropy, make_key=_chip_key(house))
        house.apps[name] = WhenAsked(partial(create_party_app, settings, party, now=house.clock))
        house.works.append(party.work)


def _chip_key(house: Joined) -> Callable[[], rsa.RSAPrivateKey]:
    """Return the chips' key generator: real keys, made once per session and used in turn, two to a chip."""

    def make() -> rsa.RSAPrivateKey:
        house.chips += 1
        return chip_key(house.chips)

    return make


@cache
def chip_key(number: int) -> rsa.RSAPrivateKey:
    """Make one chip key; the same number is the same key."""
    del number
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
