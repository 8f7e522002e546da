"""The network of the demo: real sockets, real TLS, on loopback."""

import asyncio
import ssl
import time
from datetime import datetime

import httpx

from pki.ceremony import holder
from tegata.compose.clock import now
from tegata.compose.ground import TIMEOUT, chance
from tegata.demo.stage import Condition, Stage, iaca_trust
from tegata.demo.start import Running
from tegata.demo.stores import contents, count_refusals
from tegata.house import House
from wallet_sim.parties.line import mutual_tls
from wallet_sim.public_door import PublicDoor

PATIENCE = 60.0
PAUSE = 0.1


class SocketNetwork:
    """Reaches a running house; clients are made once and kept."""

    def __init__(self, house: House) -> None:
        self.addresses = house.addresses
        self._house = house
        self._clients: dict[tuple[str | None, str], httpx.AsyncClient] = {}
        trust = ssl.create_default_context(cafile=house.state / "trust" / "public_ca.pem")
        self._public = httpx.AsyncClient(verify=trust, timeout=TIMEOUT, trust_env=False)

    def client(self, system: str | None, body: str = "") -> httpx.AsyncClient:
        """Return a client that shows a system's certificate, or none at all."""
        key = (system, body)
        if key not in self._clients:
            self._clients[key] = httpx.AsyncClient(verify=self._context(*key), timeout=TIMEOUT, trust_env=False)
        return self._clients[key]

    def _context(self, system: str | None, body: str) -> ssl.SSLContext:
        ca = self._house.state / "trust" / "systems_ca.pem"
        if system is None:
            return ssl.create_default_context(cafile=ca)
        folder = self._house.state / "systems" / holder(system, body)
        return mutual_tls(folder / "certificate.pem", folder / "key.pem", ca)

    def public(self) -> PublicDoor:
        """Return the public door of the issuer."""
        return PublicDoor(self._public, self._house.public_url)

    def relay(self) -> PublicDoor:
        """Return the door at which phones fetch letters."""
        return PublicDoor(self._public, self._house.relay_url)

    async def until(self, condition: Condition, what: str) -> None:
        """Look ten times a second; raises TimeoutError after a minute."""
        end = time.monotonic() + PATIENCE
        while not await condition():
            if time.monotonic() > end:
                raise TimeoutError(f"waited in vain for {what}; look into {self._house.state / 'logs'}")
            await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """Close every connection."""
        for client in (*self._clients.values(), self._public):
            await client.aclose()


def stage_on(running: Running, network: SocketNetwork, *, seed: str, at: datetime) -> Stage:
    """Return the stage on a running house; `seed` decides who its people are, `at` when their story begins."""
    house = running.house
    return Stage(
        network=network,
        state=house.state,
        makers=house.state / "trust" / "makers",
        seed=seed,
        at=lambda: at,
        now=now,
        random=chance,
        trust=iaca_trust(house.state),
        maker=running.maker,
        count_refusals=lambda: count_refusals(house.urls, house.state / "relay"),
        contents=lambda: contents(house.urls, house.state),
    )
