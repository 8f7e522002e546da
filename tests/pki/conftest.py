"""The small PKI, and the JPKI side behind its real guard, called as its listener would call it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from pki.app import DATABASE, PkiParts, PkiSettings, create_app, open_authorities
from pki.keys.uri import make_wrapping_key
from registry.messages.message import Message
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy, hierarchy
from tests.support.peers import PeerTransport


@pytest.fixture(scope="session")
def pki() -> Hierarchy:
    """The keys and certificates of the demo's ceremony."""
    return hierarchy()


@pytest.fixture
def database() -> Database:
    """The store of this context."""
    return DATABASE


@pytest.fixture
def parts(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes, pki: Hierarchy, tmp_path: Path) -> PkiParts:
    """What the composition root would open."""
    wrapping = make_wrapping_key((tmp_path / "wrapping.key").as_uri(), entropy)
    authorities = open_authorities(pki.state / "trust", pki.signer)
    return PkiParts(sessions, clock, entropy, wrapping, authorities, sessions)


@pytest.fixture
def app(parts: PkiParts, pki: Hierarchy) -> Litestar:
    """The systems listener."""
    return create_app(PkiSettings("", pki.state, ""), parts)


class Caller:
    """One system at the other end of the connection."""

    def __init__(self, app: Litestar, certificate: bytes | None) -> None:
        self._app = app
        self._certificate = certificate

    async def post(
        self, operation: str, body: Message | Mapping[str, object], *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send one message and return what came back, whatever it is."""
        transport = PeerTransport(self._app, self._certificate)
        async with httpx.AsyncClient(transport=transport, base_url="https://pki.tegata.internal") as client:
            path = "/" + operation.replace(".", "/")
            kind = {"content-type": "application/json"}
            return await client.post(path, content=msgspec.json.encode(body), headers=kind | dict(headers or {}))


CallAs = Callable[..., Caller]


@pytest.fixture
def call_as(app: Litestar, pki: Hierarchy) -> CallAs:
    """Call the JPKI side with the certificate of a system (and body) of the ceremony."""

    def make(system: str, body: str = "") -> Caller:
        return Caller(app, pki.system(system, body))

    return make


def a_uuid(number: int) -> UUID:
    """A request id that a test can repeat."""
    return UUID(int=number, version=4)
