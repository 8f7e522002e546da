"""A running house for tests: real processes, real sockets and TLS, a database server shared with the other tests."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tegata.demo.people import choose_holders, give_cards, register_one
from tegata.demo.sockets import SocketNetwork, stage_on
from tegata.demo.stage import Holder, Stage
from tegata.demo.start import Running, forget_databases, running_house
from tegata.supervise import free_ports
from wallet_sim.residents import residents

QUICK = {
    "tick": "0.2",
    "chain_every": "0.5",
    "hold_retry": "1",
    "verification_lease": "2",
    "claim_lease": "2",
    "notice_repeat": "5",
    "requests_per_minute": "100000",
}
"""Terms that let a house take up what a dead process left within seconds instead of minutes."""

RESIDENTS = 40
MEASURED = ("issuer", "issuer-worker", "edge")
"""Processes whose `/metrics` is listened to."""


@contextmanager
def house_of(server: str, folder: Path) -> Iterator[Running]:
    """Run a house of its own on a database server; its databases are dropped afterwards."""
    instance = f"live{os.getpid()}"
    ports = zip(MEASURED, free_ports(len(MEASURED)), strict=True)
    terms = {"*": QUICK} | {name: {"metrics_port": str(port)} for name, port in ports}
    try:
        with running_house(folder / "state", server, instance, terms=terms) as running:
            yield running
    finally:
        forget_databases(server, instance)


@dataclass
class Live:
    """A running house, and the demo's stage on it."""

    running: Running
    stage: Stage

    async def card_holders(self, count: int) -> list[Holder]:
        """Register people and give them cards."""
        stage = self.stage
        chosen = choose_holders(stage, residents(stage.seed, RESIDENTS, at=stage.at()), count + 2)[2:]
        numbers = {resident.label: await register_one(stage, resident) for resident in chosen}
        stage.holders = await give_cards(stage, chosen, numbers, lambda _: None)
        return stage.holders


@asynccontextmanager
async def live(running: Running, begun: datetime, seed: str = "live") -> AsyncIterator[Live]:
    """Reach a running house over sockets; every seed has people of its own."""
    network = SocketNetwork(running.house)
    stage = stage_on(running, network, seed=seed, at=begun)
    try:
        yield Live(running, stage)
    finally:
        await network.close()
