"""
All systems in one process, each with its own real database, joined by their real clients over in-memory transports.

::

    async with joined(fresh_databases, clock, entropy, tmp_path) as house:
        line = house.client("municipal-cs", "131016")     # an httpx.AsyncClient with that system's certificate
        await house.settle()                               # run every worker until nothing is left

Addresses are `https://<system>`; what a system may call is what the access matrix lets it call. Nothing is mocked:
only time and chance are handed in, and no socket is opened.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.serialization import Encoding

from pki.app import AUTHORITIES, PkiParts, PkiSettings
from pki.app import create_app as create_pki
from pki.app import create_worker as create_pki_worker
from pki.keys.uri import make_wrapping_key
from pki.keys.wrapping import Wrapping
from registry.app import DATABASES, StoreParts, StoreSettings, create_app, create_worker
from registry.card.tools import CardSigner
from registry.outbox.queue import Worker
from registry.peer.client import HttpCall
from registry.postgres.database import Database
from registry.postgres.engine import Sessions, open_engine, open_sessions
from registry.trail.communication import CommunicationLog
from tegata.databases import StoreUrls
from tegata.house import DATABASES as ALL
from tegata.house import callable_by
from tests.support.clock import FrozenClock
from tests.support.database import FreshDatabases
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy, hierarchy
from tests.support.peers import PeerTransport

STORES = ("number", "juki", "card", "fuhyo")


class Switchboard(httpx.AsyncBaseTransport):
    """Carries each request to the application its host names, showing one peer certificate to all of them."""

    def __init__(self, apps: Mapping[str, Any], certificate: bytes | None) -> None:
        self._apps = apps
        self._certificate = certificate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request over; a system that is not there cannot be connected to."""
        app = self._apps.get(request.url.host)
        if app is None:
            raise httpx.ConnectError("nobody listens", request=request)
        return await PeerTransport(app, self._certificate).handle_async_request(request)


@dataclass
class Joined:
    """The systems of one test."""

    clock: FrozenClock
    entropy: SeededBytes
    pki: Hierarchy
    folder: Path
    urls: Mapping[str, StoreUrls]
    apps: dict[str, Any] = field(default_factory=dict)
    workers: dict[str, Worker] = field(default_factory=dict)
    sessions: dict[str, Sessions] = field(default_factory=dict)

    def client(self, system: str | None, body: str = "") -> httpx.AsyncClient:
        """Return a client that every system sees as this one; None shows no certificate."""
        certificate = None if system is None else self.pki.system(system, body)
        return httpx.AsyncClient(transport=Switchboard(self.apps, certificate))

    def addresses(self, system: str) -> dict[str, str]:
        """Return where the systems are that one system may call."""
        return {name: f"https://{name}" for name in callable_by(system)}

    def call(self, system: str) -> HttpCall:
        """Return the Call of one of our systems, with its communication log where it has a store."""
        sessions = self.sessions.get(system)
        log = CommunicationLog(sessions, system, self.entropy).outgoing if sessions is not None else None
        return HttpCall(self.client(system), self.addresses(system), log, self.clock)

    def wrapping(self, owner: str) -> Wrapping:
        """Return the wrapping key of one context."""
        return make_wrapping_key((self.folder / f"{owner}.key").absolute().as_uri(), self.entropy)

    async def settle(self) -> None:
        """Run every worker until none of them finds anything more to do."""
        while sum([await worker.drain(self.clock()) for worker in self.workers.values()]):
            pass


@asynccontextmanager
async def joined(
    fresh_databases: FreshDatabases,
    clock: FrozenClock,
    entropy: SeededBytes,
    folder: Path,
    databases: tuple[Database, ...] = ALL,
) -> AsyncIterator[Joined]:
    """Start the stores and the JPKI side on databases of their own, and everything else the databases are for."""
    house = Joined(clock, entropy, hierarchy(), folder, fresh_databases(list(databases)))
    engines = {}
    for database in databases:
        engines[database.name] = open_engine(house.urls[database.name].app, pool_size=3)
        house.sessions[database.name] = open_sessions(engines[database.name])
    for system in STORES:
        if system in house.sessions:
            _store(house, system)
    if "pki" in house.sessions:
        _pki(house)
    try:
        yield house
    finally:
        for engine in engines.values():
            await engine.dispose()


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
        house.sessions[system], house.clock, house.entropy, house.wrapping(system), house.call(system), signer
    )
    house.apps[system] = create_app(settings, parts)
    if system in DATABASES and DATABASES[system].queue:
        house.workers[system] = create_worker(settings, parts)


def _card_signer(pki: Hierarchy) -> CardSigner:
    certificate = pki.certificate("card_data_signer").public_bytes(Encoding.DER)
    return CardSigner(pki.signer("card_data_signer").sign, certificate)


def _pki(house: Joined) -> None:
    authorities = {name: house.pki.authority(name) for name in AUTHORITIES}
    parts = PkiParts(house.sessions["pki"], house.clock, house.entropy, house.wrapping("pki"), authorities)
    house.apps["pki"] = create_pki(PkiSettings("", house.pki.state, ""), parts)
    house.workers["pki"] = create_pki_worker(parts, house.call("pki"))
