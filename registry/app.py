"""
The composition root of the four stores: one process, one database, one certificate for each (D5, D7).

The only place that builds Links. Clock, chance, keys and sessions are handed in; nothing happens on import.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from litestar import Litestar
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from registry.access.affairs import load_affairs
from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.act import Chance, Clock
from registry.card.controller import CardController
from registry.card.store import CARD_STEPS, card_steps
from registry.card.store import DATABASE as CARD
from registry.card.tools import CardSigner, CardTools
from registry.fuhyo.controller import FuhyoController
from registry.fuhyo.store import DATABASE as FUHYO
from registry.fuhyo.temporary.resend import TemporaryArea
from registry.fuhyo.temporary.retention import RESEND_DAYS, resend_window
from registry.fuhyo.temporary.retention import rules as temporary_rules
from registry.fuhyo.temporary.store import DATABASE as FUHYO_TMP
from registry.fuhyo.tools import FuhyoTools
from registry.juki.controller import IdentityController, NumberRelayController
from registry.juki.models import Base as JukiBase
from registry.juki.tools import JukiTools
from registry.links import Links
from registry.number.controller import NumberController
from registry.number.models import Base as NumberBase
from registry.outbox.queue import Step, Worker
from registry.outbox.send import Sender
from registry.peer.call import Call
from registry.peer.crl import SystemsCrl
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.retention.rule import Rule
from registry.retention.trail import TrailRule, trail_rules
from registry.sealing.columns import Sealer
from registry.sealing.data_keys import load_sealer
from registry.service import build_service

NUMBER = Database("number", (NumberBase.metadata,), "registry.number")
JUKI = Database("juki", (JukiBase.metadata,), "registry.juki", queue=True)
DATABASES: Mapping[str, Database] = {store.name: store for store in (NUMBER, JUKI, CARD, FUHYO, FUHYO_TMP)}
ERASED: Mapping[str, Sequence[Rule | TrailRule]] = {
    **{name: trail_rules() for name in DATABASES},
    FUHYO_TMP.name: temporary_rules(),
}
"""What the eraser of a database removes: of every store its trail after seven years, the number file included."""


class Wrapping(Protocol):
    """Wraps data keys: the key store's part in sealing (D13)."""

    def wrap(self, data_key: bytes) -> bytes:
        """Return the wrapped key."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """Return the key."""
        ...


@dataclass(frozen=True)
class StoreSettings:
    """
    What one store's process is told: its own database, certificate and keys, and where the others listen.

    `wrapping_key` is a key URI; `extra` holds what only one store needs (paths and URIs by name).
    """

    system: str
    database_url: str
    certificate: Path
    key: Path
    systems_ca: Path
    systems_crl: Path
    wrapping_key: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoreParts:
    """
    Clock, chance, sessions and keys, opened by the composition root of the process; `call` reaches the others.

    Only the worker of the card store is given `card_signer`: it alone signs the texts of a chip. Only the listener of
    the fuhyo store is given `temporary`, its sessions on the database `fuhyo_tmp` (FUHYO-6).
    """

    sessions: Sessions
    now: Clock
    random: Chance
    wrapping: Wrapping
    call: Call
    card_signer: CardSigner | None = None
    temporary: Sessions | None = None


@dataclass(frozen=True)
class Store:
    """One store: its doors, and what they work with, made from its sealer and its edges."""

    title: str
    controllers: Sequence[ControllerRouterHandler]
    name: str
    tools: Callable[[Sealer, Links], object]


def _number(sealer: Sealer, _links: Links) -> Sealer:
    return sealer  # LINK-3: the number system has no edge to anybody


def _juki(sealer: Sealer, links: Links) -> JukiTools:
    return JukiTools(sealer, links, load_affairs())


def _card(sealer: Sealer, links: Links) -> CardTools:
    return CardTools(sealer, links)


def _fuhyo(sealer: Sealer, links: Links) -> FuhyoTools:
    return FuhyoTools(sealer, links, load_affairs())


STORES: Mapping[str, Store] = {
    "number": Store("Tegata number generation (個人番号生成)", [NumberController], "sealer", _number),
    "juki": Store(
        "Tegata juki national server (住基全国サーバ)", [NumberRelayController, IdentityController], "juki", _juki
    ),
    "card": Store("Tegata card management (個人番号カード管理システム)", [CardController], "card", _card),
    "fuhyo": Store("Tegata fuhyo national server (附票全国サーバ)", [FuhyoController], "fuhyo", _fuhyo),
}


def sealing(sessions: Sessions, parts: StoreParts) -> Callable[[], Awaitable[Sealer]]:
    """Return a function that gives the sealer of a database, loaded when it is first needed and then kept."""
    lock = asyncio.Lock()
    kept: list[Sealer] = []

    async def get() -> Sealer:
        async with lock:
            if not kept:
                wrap, unwrap = parts.wrapping.wrap, parts.wrapping.unwrap
                at = parts.now()
                kept.append(await load_sealer(sessions, wrap=wrap, unwrap=unwrap, random=parts.random, at=at))
        return kept[0]

    return get


def create_app(settings: StoreSettings, parts: StoreParts) -> Litestar:
    """
    Return the systems listener of one store behind the guard.

    Raises KeyError for a system that is no store, ValueError for the fuhyo store without its temporary area or with a
    window for it that is none.
    """
    store, matrix = STORES[settings.system], load_matrix()
    sealer, links = sealing(parts.sessions, parts), Links(parts.call, matrix, settings.system)
    crl = SystemsCrl(settings.systems_crl, settings.systems_ca.read_bytes())

    async def tools() -> object:
        return store.tools(await sealer(), links)

    return build_service(
        gate=Gate(settings.system, matrix, parts.sessions, parts.now, parts.random, crl.is_revoked),
        title=store.title,
        controllers=store.controllers,
        dependencies={store.name: Provide(tools)} | (_temporary(settings, parts) if store.name == "fuhyo" else {}),
    )


def _temporary(settings: StoreSettings, parts: StoreParts) -> dict[str, Provide]:
    """Return the area that one operation of the fuhyo store is handed; its window is the setting `resend_days`."""
    if parts.temporary is None:
        raise ValueError("the fuhyo store needs its temporary area")
    window = resend_window(int(settings.extra.get("resend_days", RESEND_DAYS)))
    area = TemporaryArea(parts.temporary, sealing(parts.temporary, parts), window)
    return {"temporary": Provide(lambda: area, sync_to_thread=False)}


def create_worker(settings: StoreSettings, parts: StoreParts) -> Worker:
    """
    Return the worker of one store: it sends what the store's acts have put into the outbox, and does the store's jobs.

    Raises ValueError for the card store without its card-data signer.
    """
    sealer = sealing(parts.sessions, parts)

    async def outbox(at: datetime) -> int:
        sender = Sender(settings.system, parts.sessions, parts.call, await sealer(), parts.random)
        return await sender.send_due(at)

    jobs = _card_jobs(parts, sealer) if settings.system == "card" else {}
    return Worker({"outbox": outbox, **jobs}, parts.now)


def _card_jobs(parts: StoreParts, sealer: Callable[[], Awaitable[Sealer]]) -> dict[str, Step]:
    """Return the jobs of the card store; each finds the sealer when it first runs."""
    signer = parts.card_signer
    if signer is None:
        raise ValueError("the worker of the card store needs the card-data signer")
    links = Links(parts.call, load_matrix(), "card")

    def lazily(name: str) -> Step:
        async def run(at: datetime) -> int:
            tools = CardTools(await sealer(), links)
            return await card_steps(parts.sessions, tools, signer, parts.random)[name](at)

        return run

    return {name: lazily(name) for name in CARD_STEPS}
