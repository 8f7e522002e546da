"""What goes wrong and when: drawn from a seed alone, so that a run can be repeated."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import shake_256

from tests.chaos.house import KINDS, Disturbed

CALM_AT_FIRST = 2.0
FROZEN = ("pki", "relay", "card", "municipal-cs", "edge", "issuer", "issuer-worker", "pki-worker")
"""Whoever others wait for."""


@dataclass(frozen=True)
class Fault:
    """At `at` seconds from the beginning something happens for `seconds`; `target` is a process, where one is meant."""

    at: float
    kind: str
    target: str
    seconds: float


class Draw:
    """Numbers from a seed, one after the other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def share(self) -> float:
        """A number from 0 to 1, without 1."""
        self._drawn += 1
        return int.from_bytes(shake_256(f"{self._seed}/{self._drawn}".encode()).digest(6), "big") / (1 << 48)

    def between(self, least: float, most: float) -> float:
        """A number between two others."""
        return least + self.share() * (most - least)

    def one(self, among: Sequence[str]) -> str:
        """One of several."""
        return among[int(self.share() * len(among))]


def schedule(seed: str, seconds: float, names: Sequence[str], kinds: Sequence[str] = KINDS) -> list[Fault]:
    """Return every fault of a run, in order; the same seed, length, processes and kinds give the same faults."""
    return list(_faults(Draw(f"{seed}/faults"), seconds, names, kinds))


def _faults(draw: Draw, seconds: float, names: Sequence[str], kinds: Sequence[str]) -> Iterator[Fault]:
    at = CALM_AT_FIRST
    while at < seconds:
        kind = draw.one(kinds)
        targets = {"kill": names, "freeze": FROZEN}
        target = draw.one(targets[kind]) if kind in targets else ""
        lasts = 0.0 if kind.startswith("kill") else draw.between(0.5, 4.0)
        yield Fault(round(at, 2), kind, target, round(lasts, 2))
        at += lasts + draw.between(0.5, 3.0)


async def disturb(house: Disturbed, faults: Sequence[Fault], tell: Callable[[Fault], None]) -> None:
    """Let every fault happen at its time, or as soon as the one before is over."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for fault in faults:
        await asyncio.sleep(max(0.0, began + fault.at - loop.time()))
        house.mend_token()
        tell(fault)
        await _happen(house, fault)
    house.mend_token()


async def _happen(house: Disturbed, fault: Fault) -> None:
    match fault.kind:
        case "kill":
            house.kill(fault.target)
        case "kill_all":
            for name in house.names:
                house.kill(name)
        case "freeze":
            await house.freeze(fault.target, fault.seconds)
        case "database":
            await house.without_database(fault.seconds)
        case "keys" | "key token":
            await house.withdraw_keys(fault.seconds)
        case "key session":
            await house.withdraw_keys(fault.seconds, under_way=True)
        case unknown:
            raise ValueError(unknown)
