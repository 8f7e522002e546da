"""What a bench of the issuer stands on: a server that keeps its promises, sockets with mutual TLS, holders."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import shake_256
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg

from issuer.authority.claims import Claiming
from issuer.authority.tools import Authority
from issuer.provisioning.first_issue import issue_due
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.models import Application
from issuer.smp.record.models import HolderCredential, RecordSet
from issuer.smp.tools import SmpTools
from issuer.status_list.plan import ListPlan
from issuer.store import DATABASE
from pki.keys.wrapping import SoftwareWrapping
from pki.trust.mdoc import document_signer_trust
from registry.peer.client import HttpCall, systems_context
from registry.peer.listener import systems_config
from registry.postgres.engine import Sessions, open_engine, open_sessions
from registry.sealing.data_keys import load_sealer
from registry.trail.communication import CommunicationLog
from tegata.databases import StoreUrls, plain_url
from tests.bench.far_end import FarEnd
from tests.bench.processes import free_port, listening
from tests.issuer.conftest import Inside
from tests.issuer.persons import believed, signer
from tests.issuer.smp.conftest import Desk
from tests.support.applications import AUDIENCE, a_holder, a_phone, an_application
from tests.support.clock import START, FrozenClock
from tests.support.database import Stores, running_server
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy, hierarchy

BUNDLE: Final = 10
FAR_ENDS: Final = ("pki", "card", "relay", "municipal-cs")
PORTRAIT: Final = shake_256(b"portrait").digest(20_000)
WRAPPING: Final = SoftwareWrapping(bytes(32))


class Running(FrozenClock):
    """A clock that begins where it is told to and goes on; the same in every process that is forked from here."""

    def __init__(self, at: datetime = START) -> None:
        super().__init__(at)
        self._begun = time.monotonic()

    def __call__(self) -> datetime:
        """The present instant."""
        return self.at + timedelta(seconds=time.monotonic() - self._begun)


class Chance(SeededBytes):
    """The machine's own chance: forked processes must not draw alike."""

    def __call__(self, length: int) -> bytes:
        """Fresh bytes."""
        return os.urandom(length)  # noqa: TID251 - as above


@cache
def tls() -> Hierarchy:
    """Certificates of systems that are valid now: TLS asks the real clock."""
    return hierarchy(datetime.now(UTC) - timedelta(days=1))  # noqa: TID251 - as above


@dataclass(frozen=True)
class Ground:
    """Database, far end and clock."""

    urls: StoreUrls = field(repr=False)
    ports: dict[str, int]
    clock: Running
    chance: Chance

    def client(self, system: str) -> httpx.AsyncClient:
        """A client with a system's certificate."""
        folder = tls().state / "systems" / system
        context = systems_context(
            folder / "certificate.pem", folder / "key.pem", tls().state / "trust" / "systems_ca.pem"
        )
        return httpx.AsyncClient(verify=context, timeout=30, trust_env=False)

    def call(self, log: Sessions | None, system: str = "issuer", client: httpx.AsyncClient | None = None) -> HttpCall:
        """A Call over mutual TLS; without a client it has one of its own, for as long as its process lives."""
        addresses = {name: f"https://127.0.0.1:{port}" for name, port in self.ports.items()}
        outgoing = None if log is None else CommunicationLog(log, system, self.chance).outgoing
        return HttpCall(client or self.client(system), addresses, outgoing, self.clock)

    def systems(self, app: Any, system: str, port: int) -> Any:
        """The configuration of a systems listener."""
        folder = tls().state / "systems" / system
        return systems_config(
            app,
            port=port,
            certificate=folder / "certificate.pem",
            key=folder / "key.pem",
            ca=tls().state / "trust" / "systems_ca.pem",
            on_failed_handshake=print,
        )

    @asynccontextmanager
    async def issuer(self, size: int = 1 << 16) -> AsyncIterator["Bench"]:
        """Open the issuer's books in this process, as a worker does."""
        engines = [open_engine(self.urls.app, pool_size=4), open_engine(self.urls.app, pool_size=2)]
        sessions, log = map(open_sessions, engines)
        wrap, unwrap = WRAPPING.wrap, WRAPPING.unwrap
        sealer = await load_sealer(sessions, wrap=wrap, unwrap=unwrap, random=self.chance, at=self.clock())
        client = self.client("issuer")
        desk = Desk(
            sessions, SmpTools(sealer, self.call(log, client=client), AUDIENCE, believed()), self.clock, self.chance
        )
        trust = document_signer_trust(hierarchy().anchors("iaca"))
        claiming, plan = Claiming(self.chance, timedelta(seconds=20)), ListPlan(AUDIENCE, size=size)
        authority = Authority(sessions, sealer, self.chance, [signer()], trust, plan, claiming)
        yield Bench(desk, Provisioning(sessions, authority, desk.tools, self.chance), engines)
        await client.aclose()
        for engine in engines:
            await engine.dispose()

    def owner(self) -> "psycopg.Connection[Any]":
        """A connection of the owner."""
        return psycopg.connect(plain_url(self.urls.owner), autocommit=True)

    def written(self) -> "Written":
        """What the server has put on its disk so far."""
        time.sleep(1.2)  # a backend tells its counts once a second
        with self.owner() as connection:
            moved = connection.info.server_version >= 180_000
            syncs = "(SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')" if moved else "wal_sync"
            rows = "(SELECT sum(n_tup_ins + n_tup_upd) FROM pg_stat_user_tables)"
            counts = f"SELECT wal_bytes::bigint, {syncs}::bigint, {rows}::bigint FROM pg_stat_wal"  # noqa: S608
            row = connection.execute(counts).fetchone()
        if row is None:
            raise RuntimeError("the server counts nothing")
        return Written(*map(int, row))


@dataclass(frozen=True)
class Written:
    """Bytes in the log of the server, how often it was put on the disk (once for each commit, or for some), rows."""

    size: int
    syncs: int
    rows: int

    def since(self, before: "Written") -> "Written":
        """What was added."""
        return Written(self.size - before.size, self.syncs - before.syncs, self.rows - before.rows)


@dataclass
class Bench:
    """An issuer's books, and who stands in them."""

    desk: Desk
    provisioning: Provisioning
    engines: list[Any]

    async def issue(self, number: int) -> None:
        """Take one holder from the application to a confirmed set."""
        holder = a_holder(seed=f"bench-{number}", photo=PORTRAIT)
        phone = a_phone(BUNDLE, app_install_id=f"bench-install-{number:08}")
        applied = await self.desk.apply(an_application(holder, phone, self.desk.nonce(), at=self.desk.clock()))
        await self.desk.verify()
        await issue_due(self.provisioning, at=self.desk.clock())
        inside = Inside(self.desk, self.provisioning, holder, phone, applied.application_id)
        (record_set,) = await self.desk.rows(RecordSet, application_id=applied.application_id)
        await inside.confirm(record_set.mdoc_id)


@contextmanager
def ground() -> Iterator[Ground]:
    """Start an embedded server whose commits are on the disk, and the far end of the wires."""
    tls()
    with running_server({}) as url, tempfile.TemporaryDirectory(prefix="tegata-bench-") as folder:
        stores = Stores(url, f"bench{os.getpid()}", Path(folder))
        ports = {name: free_port() for name in (*FAR_ENDS, "issuer", "edge")}
        made = Ground(stores.urls(DATABASE), ports, Running(), Chance())
        with ExitStack() as ends:
            for name in FAR_ENDS:
                ends.enter_context(listening(partial(made.systems, FarEnd(), name, ports[name]), ports[name]))
            yield made
        stores.close()


def populate(made: Ground, originals: int, copies: int) -> None:
    """Bring some holders the whole way, and copy their rows: a ciphertext belongs to its column, not to its row."""

    async def issue_all() -> None:
        async with made.issuer() as books:
            for number in range(originals):
                await books.issue(number)

    asyncio.run(issue_all())
    another = "md5({} || n::text)::uuid"
    names = {
        Application: ("application_id", "issued_credential_id"),
        RecordSet: ("mdoc_id", "application_id"),
        HolderCredential: ("record_id", "credential_id"),
    }
    texts = {"message_id": Application, "signing_certificate_serial_number": None}
    with made.owner() as connection:
        connection.execute("SET search_path TO issuer")
        for table, ids in names.items():
            columns = [column.name for column in table.__table__.columns]
            values = {name: another.format(name) for name in ids}
            values |= {name: f"md5({name} || n::text)" for name, of in texts.items() if of in (None, table)}
            chosen = ", ".join(values.get(name, name) if name in columns else name for name in columns)
            into = f"{table.__tablename__} ({', '.join(columns)})"
            copied = f"INSERT INTO {into} SELECT {chosen} FROM {table.__tablename__}, generate_series(1, {copies}) n"  # noqa: S608
            connection.execute(copied)
        connection.execute("ANALYZE")
