"""Who is asking: the operator and the terminal go with every call, past neither matrix nor trail (D17)."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from registry.messages.message import Message
from tegata.compose.ground import chance
from tegata.demo.sockets import SocketNetwork
from tegata.house import House
from tegata.serve.house_file import NoHouse, read_house
from wallet_sim.chance import new_id
from wallet_sim.parties.line import Human, Line

T = TypeVar("T", bound=Message)
NAME = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
OPERATOR = "operator"
"""The system whose certificate an operator's terminal shows."""


class NoOperator(Exception):
    """Operator or terminal is not named, or not in its form."""


@dataclass(frozen=True)
class Operator:
    """An identified operator at a terminal, on the line to the systems."""

    line: Line
    human: Human

    def request_id(self) -> UUID:
        """Return a fresh id for a request."""
        return new_id(self.line.random)

    async def ask(self, operation: str, message: Message, answer: type[T]) -> T:
        """Ask a system as this operator; raises Refused or Unanswered."""
        return await self.line.send(operation, message, answer, human=self.human)


def identified(operator: str | None, terminal: str | None) -> Human:
    """Return who acts and where; raises NoOperator."""
    if not all(name is not None and NAME.fullmatch(name) for name in (operator, terminal)):
        raise NoOperator
    return Human(operator, terminal)


@asynccontextmanager
async def operating(folder: Path, human: Human) -> AsyncIterator[Operator]:
    """Give the operator's line to the house that is served from a folder; raises NoHouse."""
    file = read_house(folder)
    state = folder / file.state
    if not (state / "systems" / OPERATOR / "key.pem").exists():
        raise NoHouse(f"{folder} holds no certificate for operators")
    network = SocketNetwork(House(state, file.ports, {}))
    try:
        yield Operator(Line(network.client(OPERATOR), network.addresses, chance), human)
    finally:
        await network.close()
