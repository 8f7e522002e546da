"""The processes of this context that hold its authorities: the systems listener and the worker."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from pki.ca.files import read_certificate
from pki.ca.issue import Authority
from pki.ca.lists import FILES, listed_in, publish_authorities
from pki.ca.models import Base as AuthorityBase
from pki.ca.taking_over import Folder
from pki.delegates import Delegating, delegate_due
from pki.iaca.controller import IacaController
from pki.iaca.tools import IacaTools
from pki.jpki.controller import JpkiController
from pki.jpki.expiry import expire_due
from pki.jpki.lists import publish_due
from pki.jpki.models import Base
from pki.jpki.tools import JpkiTools
from pki.keys.signer import PublicKey, Signer
from pki.keys.wrapping import Wrapping
from pki.overview import DailyWatch, overview
from pki.plan import CeremonyPlan, performed_plan
from pki.root_list import RootList
from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.act import Chance, Clock
from registry.outbox.queue import Step, Worker
from registry.outbox.send import Sender
from registry.peer.call import Call
from registry.peer.crl import SystemsCrl
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.retention.trail import trail_rules
from registry.sealing.columns import Sealer
from registry.sealing.data_keys import load_sealer
from registry.service import build_service

SYSTEM = "pki"
DATABASE = Database(name="pki", metadata=(AuthorityBase.metadata, Base.metadata), package="pki", queue=True)
ERASED = trail_rules()
"""What the eraser of this context removes: its trail after seven years."""

AUTHORITIES = ("signature_ca", "authentication_ca")
OPENED = (*AUTHORITIES, *FILES)
"""Authorities whose keys this context opens: those of the JPKI kind, and those whose lists it publishes; besides,
the roots that follow the first one of the IACA."""


@dataclass(frozen=True)
class PkiSettings:
    """
    What the composition root is told about this context.

    `state`: the folder that the ceremony filled. The process opens `keys/pki/{signature_ca,authentication_ca}.pem`
    through its root and nothing else there that is secret. `wrapping_key`: URI of the key that wraps data keys.
    """

    database_url: str
    state: Path
    wrapping_key: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    system: str = SYSTEM

    @property
    def certificate(self) -> Path:
        """The certificate of the system itself."""
        return self.state / "systems" / SYSTEM / "certificate.pem"

    @property
    def key(self) -> Path:
        """The key of that certificate."""
        return self.state / "systems" / SYSTEM / "key.pem"

    @property
    def systems_ca(self) -> Path:
        """The root of every system."""
        return self.state / "trust" / "systems_ca.pem"

    @property
    def systems_crl(self) -> Path:
        """Its revocation list."""
        return self.state / "trust" / "systems.crl"


@dataclass(frozen=True)
class PkiParts:
    """
    Clock, chance and keys, opened by the composition root.

    `intents`: sessions on connections of their own, in which serial numbers are committed while the act they belong
    to holds a transaction; with one pool for both, as many acts as it has connections would wait for each other.
    """

    sessions: Sessions
    now: Clock
    random: Chance
    wrapping: Wrapping
    authorities: Mapping[str, Authority]
    intents: Sessions


def open_authorities(trust: Path, open_key: Callable[[str], Signer]) -> dict[str, Authority]:
    """
    Return the authorities this context works with: certificates from `trust`, each with the signer of its name.

    Raises FileNotFoundError where the ceremony has not been performed, KeyUnusable where a key cannot be opened.
    """
    opened = {}
    for name in dict.fromkeys((*OPENED, *listed_in(trust))):
        certificate = read_certificate(trust / f"{name}.pem")
        if certificate is None:
            raise FileNotFoundError(f"the ceremony has made no {name}")
        opened[name] = Authority(certificate, open_key(name))
    return opened


class _Sealing:
    """The sealer of the store, loaded when it is first needed and then kept."""

    def __init__(self, parts: PkiParts) -> None:
        self._parts = parts
        self._lock = asyncio.Lock()
        self._sealer: Sealer | None = None

    async def get(self) -> Sealer:
        async with self._lock:
            if self._sealer is None:
                parts = self._parts
                self._sealer = await load_sealer(
                    parts.sessions,
                    wrap=parts.wrapping.wrap,
                    unwrap=parts.wrapping.unwrap,
                    random=parts.random,
                    at=parts.now(),
                )
            return self._sealer


def create_app(settings: PkiSettings, parts: PkiParts) -> Litestar:
    """Return the systems listener of the JPKI side, behind the guard of the access matrix."""
    sealing = _Sealing(parts)

    async def tools() -> JpkiTools:
        signature, authentication = (parts.authorities[name] for name in AUTHORITIES)
        return JpkiTools(await sealing.get(), signature, authentication, parts.intents)

    async def iaca() -> IacaTools:
        return IacaTools(performed_plan(settings.state), parts.authorities, parts.intents, await sealing.get())

    crl = SystemsCrl(settings.systems_crl, settings.systems_ca.read_bytes())
    return build_service(
        gate=Gate(SYSTEM, load_matrix(), parts.sessions, parts.now, parts.random, crl.is_revoked),
        title="Tegata JPKI side (公的個人認証サービス)",
        controllers=[JpkiController, IacaController],
        dependencies={"tools": Provide(tools), "iaca": Provide(iaca)},
    )


def create_worker(
    parts: PkiParts,
    call: Call,
    *,
    state: Path | None = None,
    delegates: Mapping[str, PublicKey] | None = None,
    vical: Signer | None = None,
) -> Worker:
    """
    Return the worker: sends events to SMP, notes expired certificates, publishes revocation lists.

    `state`: the folder that the ceremony filled, where its registers are taken over from and lists are left for the
    systems of this machine; None where neither is wanted. `delegates`: public keys that sign status answers, by the
    names of `pki.delegates`; their certificates are kept in force. `vical`: the key that signs the list of roots, which
    is kept in force too.
    """
    sealing = _Sealing(parts)

    async def outbox(at: datetime) -> int:
        sender = Sender(SYSTEM, parts.sessions, call, await sealing.get(), parts.random)
        return await sender.send_due(at)

    async def expire(at: datetime) -> int:
        return await expire_due(parts.sessions, await sealing.get(), parts.random, at=at)

    async def publish(at: datetime) -> int:
        return await publish_due(parts.sessions, parts.authorities, at=at)

    async def lists(at: datetime) -> int:
        return await publish_authorities(parts.sessions, parts.authorities, at=at)

    daily = DailyWatch()

    async def watch(at: datetime) -> int:
        async with parts.sessions() as session:
            daily.report(await overview(session, at), at)
        return 0

    steps: dict[str, Step] = {"outbox": outbox, "expire": expire, "publish": publish, "lists": lists, "watch": watch}
    if state is not None:
        folder = Folder(state, parts.sessions)
        steps = {"register": folder.take_over, **steps, "leave": folder.leave_lists}
        if delegates:
            steps["delegate"] = _delegating(parts, delegates, performed_plan(state))
        if vical is not None:
            steps["vical"] = _listing(parts, state, vical)
    return Worker(steps, parts.now)


def _listing(parts: PkiParts, state: Path, signer: Signer) -> Step:
    plan = performed_plan(state)
    roots = RootList(state, plan, signer, [parts.authorities[name].certificate for name in plan.iaca.roots])

    async def listing(at: datetime) -> int:
        return await asyncio.to_thread(roots.renew, at)

    return listing


def _delegating(parts: PkiParts, keys: Mapping[str, PublicKey], plan: CeremonyPlan) -> Step:
    terms = Delegating(parts.sessions, parts.authorities, keys, plan, parts.random)

    async def delegate(at: datetime) -> int:
        return await delegate_due(terms, at=at)

    return delegate
