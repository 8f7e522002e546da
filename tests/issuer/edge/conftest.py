"""The public door in front of the real issuer, joined by the real client over an in-memory transport."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from issuer.app import IssuerParts, IssuerSettings, create_app
from issuer.edge.app import EdgeSettings, create_edge
from pki.keys.wrapping import SoftwareWrapping
from registry.messages.message import Message
from registry.peer.call import Call, Unanswered
from registry.peer.client import HttpCall
from registry.postgres.engine import Sessions
from tests.support.applications import AUDIENCE
from tests.support.attestations import maker
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.support.peers import PeerTransport, WhenAsked


async def nobody(*_: object, **__: object) -> Any:
    """The systems behind the issuer, which these tests do not reach."""
    raise Unanswered("nobody")


@pytest.fixture
def issuer(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path) -> WhenAsked:
    """The inner issuer behind its guard."""
    maker().publish(tmp_path / "makers", at=clock())
    settings = IssuerSettings("", hierarchy().state, "", AUDIENCE, tmp_path / "makers")
    parts = IssuerParts(sessions, clock, entropy, SoftwareWrapping(bytes(32)), nobody)
    return WhenAsked(lambda: create_app(settings, parts))


@pytest.fixture
def inside(issuer: WhenAsked, clock: FrozenClock) -> Callable[[str], HttpCall]:
    """A call to the inner issuer as one system."""

    def call_as(system: str) -> HttpCall:
        transport = PeerTransport(issuer, hierarchy().system(system))
        client = httpx.AsyncClient(transport=transport, base_url="https://issuer")
        return HttpCall(client, {"issuer": "https://issuer"}, None, clock)

    return call_as


@dataclass
class Counting:
    """A Call that is counted on its way to the real one."""

    call: Call
    operations: list[str]

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[Any], *, act: Any, idempotency_key: Any = None
    ) -> Any:
        """Count, then ask."""
        self.operations.append(operation)
        return await self.call(operation, message, answer, act=act, idempotency_key=idempotency_key)


@pytest.fixture
def forwarded(inside: Callable[[str], HttpCall]) -> Counting:
    """The edge's way to the issuer, with what went over it."""
    return Counting(inside("edge"), [])


Open = Callable[..., httpx.AsyncClient]


@pytest.fixture
def open_edge(clock: FrozenClock, entropy: SeededBytes) -> Open:
    """Open the public door over a Call; the client is anybody on the internet."""

    def opened(call: Call, *, per_minute: int = 600, address: str = "203.0.113.7") -> httpx.AsyncClient:
        edge = create_edge(EdgeSettings(per_minute), call, now=clock, random=entropy)
        transport = httpx.ASGITransport(app=cast("Any", edge), client=(address, 40_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=AUDIENCE)

    return opened


@pytest.fixture
async def door(open_edge: Open, forwarded: Counting) -> AsyncIterator[httpx.AsyncClient]:
    """The public door of the real issuer."""
    async with open_edge(forwarded) as client:
        yield client
