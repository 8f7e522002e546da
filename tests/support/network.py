"""The network of the journeys: the demo's own steps, over HTTP into applications of this process."""

import httpx

from tegata.demo.stage import Condition, Stage, iaca_trust
from tegata.demo.stores import contents, count_refusals
from tegata.house import SYSTEMS
from tests.support.services import Joined
from wallet_sim.public_door import PublicDoor

PATIENCE = 40
EDGE, RELAY = "https://edge", "https://relay"


class MemoryNetwork:
    """Reaches joined systems; waiting means letting every worker finish, and a second pass on the frozen clock."""

    def __init__(self, house: Joined) -> None:
        self.addresses = {name: f"https://{name}" for name in SYSTEMS}
        self._house = house

    def client(self, system: str | None, body: str = "") -> httpx.AsyncClient:
        """Return a client with a system's certificate, or none."""
        return self._house.client(system, body)

    def public(self) -> PublicDoor:
        """Return the public door of the issuer."""
        return PublicDoor(self._house.client(None), EDGE)

    def relay(self) -> PublicDoor:
        """Return the relay's door."""
        return PublicDoor(self._house.client(None), RELAY)

    async def until(self, condition: Condition, what: str) -> None:
        """Settle until the condition holds; raises TimeoutError."""
        for _ in range(PATIENCE):
            if await condition():
                return
            await self._house.settle()
            self._house.clock.advance(seconds=1)
        raise TimeoutError(what)


def stage_of(house: Joined) -> Stage:
    """Return the demo's stage on joined systems."""
    return Stage(
        network=MemoryNetwork(house),
        state=house.state,
        makers=house.state / "makers",
        seed="journey",
        at=lambda: house.begun,
        now=house.clock,
        random=house.entropy,
        trust=iaca_trust(house.state),
        maker=house.maker,
        count_refusals=lambda: count_refusals(house.urls, house.state / "relay"),
        contents=lambda: contents(house.urls, house.state),
    )
