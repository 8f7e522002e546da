"""The table a person sits at: the house of a folder, its network, the phone that was left there."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tegata.compose.clock import now
from tegata.compose.ground import chance
from tegata.demo.sockets import SocketNetwork
from tegata.demo.stage import Stage, iaca_trust
from tegata.house import House
from tegata.serve.house_file import NoHouse, read_house
from wallet_sim.phone.maker import WalletMaker, made
from wallet_sim.phone.vault import Vault

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}", re.ASCII)


class NoPhone(Exception):
    """There is no phone of this name."""


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Give the stage on the house that is served from a folder; raises NoHouse."""
    file = read_house(folder)
    state = folder / file.state
    if not made(state / "wallet-maker"):
        raise NoHouse(f"{folder} has lost the keys of its wallet maker")
    network = SocketNetwork(House(state, file.ports, {}))
    try:
        yield Stage(
            network=network,
            state=state,
            makers=state / "trust" / "makers",
            seed="",
            at=now,
            now=now,
            random=chance,
            trust=iaca_trust(state),
            maker=WalletMaker.open(state / "wallet-maker", at=now(), random=chance),
            count_refusals=dict,
            contents=dict,
        )
    finally:
        await network.close()


def phone_path(folder: Path, name: str) -> Path:
    """Return the file of a phone; raises NoPhone for a name that could be a path."""
    if not NAME.fullmatch(name):
        raise NoPhone("a phone's name has small letters, digits and hyphens")
    return folder / "phones" / name


def pick_up(folder: Path, name: str, pin: str) -> Vault:
    """Unlock a phone; raises NoPhone, WrongUserPin."""
    path = phone_path(folder, name)
    if not path.exists():
        raise NoPhone(f"there is no phone called {name}")
    return Vault.unlock(path, pin, chance)
