"""
The stores in memory: real applications behind their real guard, called by the real client as a named system.

    number = await open_store("number", sessions, clock=clock, entropy=entropy)
    await number.ask("juki", None, "number.generate", Generate(...), NumberToBe)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx
from litestar import Litestar

from pki.keys.wrapping import SoftwareWrapping
from registry.act import Act, new_id
from registry.app import StoreParts, StoreSettings, create_app
from registry.messages.message import Message
from registry.peer.call import Unanswered
from registry.peer.client import HttpCall
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer
from registry.sealing.data_keys import load_sealer
from registry.trail.communication import CommunicationLog
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.support.peers import PeerTransport, WhenAsked

T = TypeVar("T", bound=Message)
Apps = Mapping[str, WhenAsked | Litestar]
WRAPPING = SoftwareWrapping(bytes(range(32)))


class Edges:
    """A Call of one system to applications in this process; a system that is not among them does not answer."""

    def __init__(
        self,
        system: str,
        body: str | None,
        apps: Apps,
        clock: FrozenClock,
        log: CommunicationLog | None,
    ) -> None:
        certificate = hierarchy().system(system, body or "")
        self._calls = {
            name: HttpCall(
                httpx.AsyncClient(transport=PeerTransport(app, certificate), base_url="https://test"),
                {name: "https://test"},
                log.outgoing if log else None,
                clock,
            )
            for name, app in apps.items()
        }

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Send one message to the system its operation names."""
        call = self._calls.get(operation.partition(".")[0])
        if call is None:
            raise Unanswered("no address")
        return await call(operation, message, answer, act=act, idempotency_key=idempotency_key)


@dataclass
class OpenStore:
    """One store in memory, with its sessions and its sealer, so that a test can look inside."""

    name: str
    app: WhenAsked
    settings: StoreSettings
    parts: StoreParts
    sealer: Sealer
    clock: FrozenClock
    entropy: SeededBytes
    edges: dict[tuple[str, str | None], Edges] = field(default_factory=dict)

    async def ask(
        self,
        system: str,
        body: str | None,
        operation: str,
        message: Message | bytes,
        answer: type[T],
        **named: Any,
    ) -> T:
        """Call an operation as a system (and body); `named` are parts of the act: operator, terminal, end_user."""
        call = self.edges.setdefault((system, body), Edges(system, body, {self.name: self.app}, self.clock, None))
        key = named.pop("idempotency_key", None)
        return await call(operation, message, answer, act=self.act(operation, system, **named), idempotency_key=key)

    def act(self, operation: str, caller: str, **named: Any) -> Act:
        """Return an act of this store, for functions that are called without HTTP."""
        request_id: UUID = named.pop("request_id", None) or new_id(self.entropy)
        return Act(operation, self.name, caller, request_id, self.clock(), self.entropy, **named)


async def open_store(
    name: str,
    sessions: Sessions,
    *,
    clock: FrozenClock,
    entropy: SeededBytes,
    others: Apps | None = None,
    temporary: Sessions | None = None,
) -> OpenStore:
    """Return a store whose edges reach `others`; fuhyo needs sessions on its temporary area."""
    trust = hierarchy().state / "trust"
    systems = hierarchy().state / "systems" / name
    settings = StoreSettings(
        system=name,
        database_url="",
        certificate=systems / "certificate.pem",
        key=systems / "key.pem",
        systems_ca=trust / "systems_ca.pem",
        systems_crl=trust / "systems.crl",
        wrapping_key="",
    )
    log = CommunicationLog(sessions, name, entropy)
    parts = StoreParts(sessions, clock, entropy, WRAPPING, Edges(name, None, others or {}, clock, log), None, temporary)
    sealer = await load_sealer(sessions, wrap=WRAPPING.wrap, unwrap=WRAPPING.unwrap, random=entropy, at=clock())
    app = WhenAsked(lambda: create_app(settings, parts))
    return OpenStore(name, app, settings, parts, sealer, clock, entropy)
