"""`/metrics` of one process: plain HTTP on loopback, only where the setting `metrics_port` names a port."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path

import uvicorn
from cryptography.x509 import load_pem_x509_certificates
from litestar import Litestar, Response, get
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.gauges import gauges, maker_list_ages
from registry.outbox.depth import depth
from registry.peer.listener import plain_config
from registry.reading import Reading
from tegata.compose.clock import now
from tegata.compose.ground import Settings, open_store
from tegata.compose.maker_lists import maker_kinds
from tegata.compose.watch import WATCH, Watch

Read = Callable[[AsyncSession, datetime], Awaitable[list[Reading]]]
Readings = Callable[[], Awaitable[list[Reading]]]
STORES: dict[str, tuple[Read, ...]] = dict.fromkeys(("juki", "card", "fuhyo", "pki"), (depth,))
GAUGES = STORES | {"issuer": (depth, gauges)}
"""What is read of each store. The number system sends nothing and has no gauge."""

DAY = 86_400.0
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class _Beside(uvicorn.Server):
    """A server beside the process's own work: signals are the affair of that."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def metrics_app(watch: Watch, readings: Readings) -> Litestar:
    """Return the application that gives the counters of a process and the readings of its store."""

    @get("/metrics", media_type=TEXT)
    async def metrics() -> Response[bytes]:
        return Response(watch.metrics.text(await readings()), media_type=TEXT)

    return Litestar([metrics], openapi_config=None, logging_config=None)


def days_left(certificates: Sequence[Path], at: datetime) -> list[Reading]:
    """Return how many days each certificate still has; a file that is not there has none to show."""
    return [
        Reading(
            "certificate_days_left",
            "days until a certificate ends",
            (load_pem_x509_certificates(path.read_bytes())[0].not_valid_after_utc - at).total_seconds() / DAY,
            {"certificate": path.parent.name if path.stem == "certificate" else path.stem},
        )
        for path in certificates
        if path.exists()
    ]


def readings_of(settings: Settings, kind: str) -> Readings:
    """Return what reads the gauges of one process: of its own store, and of the certificates it works with."""
    system = kind.removesuffix("-worker").removesuffix("-public")
    reads = GAUGES.get(system, ()) if system in settings.database_urls else ()
    sessions = open_store(settings, system, pool_size=1) if reads else None
    certificates = [settings.systems(system, "certificate.pem")]
    if kind == "issuer-worker":
        certificates += [settings.state / "certificates" / f"{name}_signer.pem" for name in ("document", "status")]

    async def read() -> list[Reading]:
        at = now()
        found = days_left(certificates, at)
        if kind == "issuer-worker":
            found += maker_list_ages(settings.trust("makers"), maker_kinds(settings), at)
        if sessions is not None:
            async with sessions() as session:
                for each in reads:
                    found += await each(session, at)
        return found

    return read


@asynccontextmanager
async def scraped(settings: Settings, kind: str) -> AsyncIterator[None]:
    """Serve `/metrics` on loopback while the process does its work, where its settings name a port."""
    port = int(settings.options.get("metrics_port", 0))
    if not port:
        yield
        return
    server = _Beside(plain_config(metrics_app(WATCH, readings_of(settings, kind)), port=port))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await serving
