"""What every process stands on: its settings, the clock, chance, keys, its engine, its way to call others."""

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn
from opentelemetry.propagate import inject

from pki.keys.ring import GENERATIONS, WrappingRing
from pki.keys.store import signing_uri, store_of, wrapping_uri
from pki.keys.wrapping import Wrapping
from registry.outbox.queue import Worker
from registry.peer.call import Call
from registry.peer.client import HttpCall, systems_context
from registry.peer.listener import systems_config
from registry.postgres.engine import Sessions, open_engine, open_sessions
from registry.retention.rule import Rule
from registry.retention.sweep import sweep
from registry.retention.trail import TRAILS, TrailRule
from registry.trail.chain import Chain
from registry.trail.communication import CommunicationLog
from tegata.compose.clock import now
from tegata.compose.trail import CHECKPOINT, checkpoint_key
from tegata.compose.watch import WATCH

TIMEOUT = httpx.Timeout(10.0, connect=2.0)


def chance(length: int) -> bytes:
    """Return random bytes of the operating system; the only source of chance of the house."""
    return os.urandom(length)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """
    What one process is told, and all it is told.

    state: the folder the ceremony filled. port: of its listener, 0 for a worker. addresses: base URL of each system
    it may call. database_urls: of its own store, with its own role. keys: store of keys, as in `pki.keys.store`; files
    under `state` where it is empty. options: terms of this kind of process.
    """

    state: Path
    port: int = 0
    addresses: dict[str, str] = {}
    database_urls: dict[str, str] = {}
    public_url: str = ""
    keys: str = ""
    options: dict[str, str] = {}

    def __repr__(self) -> str:
        return "<Settings>"  # database URLs hold passwords

    def systems(self, name: str, file: str) -> Path:
        """Return the certificate or the key of a system."""
        return self.state / "systems" / name / file

    def trust(self, name: str) -> Path:
        """Return a root or a list."""
        return self.state / "trust" / name

    @property
    def key_store(self) -> str:
        """Return where keys are: one store for the whole house."""
        return store_of(self.state, self.keys)

    def key(self, owner: str, name: str) -> str:
        """Return the URI of a signing key; the option "key:NAME" puts a single one elsewhere."""
        return self.options.get(f"key:{name}") or signing_uri(self.key_store, owner, name)

    def wrapping_key(self, owner: str) -> str:
        """Return the URI of the key that wraps the data keys of a context."""
        return self.options.get("key:wrapping") or wrapping_uri(self.key_store, owner)

    def seconds(self, name: str, default: float) -> float:
        """Return a term of this process in seconds."""
        return float(self.options.get(name, default))


def read_settings(settings: Mapping[str, object]) -> Settings:
    """Read settings as the supervisor hands them over; raises msgspec.ValidationError for anything unknown."""
    return msgspec.convert(settings, Settings, dec_hook=_path)


def _path(kind: type, value: object) -> object:
    """Paths travel as text."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError


def open_store(settings: Settings, store: str, *, pool_size: int = 4) -> Sessions:
    """
    Return sessions on the one database this process may see.

    All pools of the house together stay below the hundred connections that PostgreSQL allows by default.
    """
    return open_sessions(open_engine(settings.database_urls[store], pool_size=pool_size))


def log_of(settings: Settings, store: str) -> CommunicationLog:
    """
    Return the communication log of a store, on connections of its own.

    A call that goes out is recorded while the request that makes it holds its transaction: with one pool for both,
    as many requests as the pool has connections would wait for each other.
    """
    return CommunicationLog(open_store(settings, store, pool_size=2), store, chance)


def wrapping_of(settings: Settings, owner: str) -> Wrapping:
    """Return what wraps the data keys of one context: the generations of its key (D13)."""
    later = [wrapping_uri(settings.key_store, owner, number) for number in range(2, GENERATIONS + 1)]
    return WrappingRing([settings.wrapping_key(owner), *later])


def systems_client(settings: Settings, name: str) -> httpx.AsyncClient:
    """Return a client that shows a system's certificate and trusts the systems CA alone (D7)."""
    context = systems_context(
        settings.systems(name, "certificate.pem"), settings.systems(name, "key.pem"), settings.trust("systems_ca.pem")
    )
    return httpx.AsyncClient(verify=context, timeout=TIMEOUT, trust_env=False, event_hooks={"request": [_carry_trace]})


async def _carry_trace(request: httpx.Request) -> None:
    """Name the span that asks (W3C Trace Context); without traces there is none, and no header."""
    inject(request.headers)


def call_of(settings: Settings, name: str, log: CommunicationLog | None) -> Call:
    """Return the Call of a system; every call leaves a record where the system has a store."""
    outgoing = log.outgoing if log else None
    return WATCH.call(HttpCall(systems_client(settings, name), settings.addresses, outgoing, now))


async def serve_systems(app: Any, settings: Settings, name: str, log: CommunicationLog | None) -> None:  # noqa: ANN401
    """Serve a systems listener until the process is asked to end; a failed handshake leaves a row (D7)."""
    loop = asyncio.get_running_loop()
    pending: set[asyncio.Task[None]] = set()

    def on_failed_handshake(reason: str) -> None:
        if log is not None:
            task = loop.create_task(log.failed_handshake(reason, at=now()))
            pending.add(task)
            task.add_done_callback(pending.discard)

    config = systems_config(
        WATCH.application(app),
        port=settings.port,
        certificate=settings.systems(name, "certificate.pem"),
        key=settings.systems(name, "key.pem"),
        ca=settings.trust("systems_ca.pem"),
        on_failed_handshake=on_failed_handshake,
    )
    await uvicorn.Server(config).serve()


async def serve_worker(worker: Worker, settings: Settings, store: str, sessions: Sessions) -> None:
    """Run a worker until the process is asked to end, and chain the trail of its store beside it."""
    serving = WATCH.steps(worker).serve(settings.database_urls[store], tick=settings.seconds("tick", 1.0))
    await asyncio.gather(serving, serve_chain(settings, store, sessions))


async def serve_chain(settings: Settings, store: str, sessions: Sessions) -> None:
    """
    Chain the trail of a store until the process is asked to end; raises KeyUnusable without its checkpoint key.

    Beside the steps of a worker and not among them: a backlog of the trail holds up nobody's record.
    """
    chain = Chain(store, TRAILS, sessions, checkpoint_key(settings.key(store, CHECKPOINT)))
    await WATCH.steps(Worker({"chain": chain.step}, now)).run_every(settings.seconds("chain_every", 5.0))


async def serve_sweep(settings: Settings, store: str, rules: Iterable[Rule | TrailRule]) -> None:
    """Erase what is due by the rules until the process is asked to end, under the sweep role of a store."""
    engine, due = open_engine(settings.database_urls[store], pool_size=1), list(rules)
    try:
        while True:
            await sweep(open_sessions(engine), due, at=now(), random=chance)
            await engine.dispose()  # nobody needs a connection for the rest of the hour
            await asyncio.sleep(settings.seconds("sweep_every", 3600))
    finally:
        await engine.dispose()
