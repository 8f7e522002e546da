"""The services as processes: started with their own settings only, watched, started again when they die.

They are forked from one server process that has imported the heavy libraries already, so that a start costs a fraction
of a second. A service knows what its settings say and nothing else: the environment it sees holds no secret.
"""

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection, forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Self

from tegata.service_process import run_service

ENTRY = "tegata.compose.run:run"
PRELOAD = (
    "tegata.compose.run",  # which imports everything a service names
    "tegata.compose.warm",
    # What libraries import only when they are first used; a module that is not installed is left out.
    *("anyio._backends._asyncio", "httpcore", "uvloop", "pydantic", "pydantic.v1", "pydantic.networks"),
    *("litestar._kwargs.kwargs_model", "litestar.middleware._internal.exceptions.middleware"),
    *("litestar.plugins.attrs", "litestar.plugins.pydantic.plugins.init", "litestar.plugins.opentelemetry._utils"),
    *("uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"),
)
START_SECONDS = 90.0  # twenty processes start at once, on a busy machine too
GRACE_SECONDS = 8.0
_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_HEALTHY_SECONDS = 10.0
# SOFTHSM2_CONF is the path of a configuration; the PIN stands in a file that the key's URI names.
_INHERITED = ("PATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "SOFTHSM2_CONF", "OTEL_EXPORTER_OTLP_ENDPOINT")
log = logging.getLogger(__name__)


class ServiceFailedError(Exception):
    """A service did not become ready; the message ends with the tail of its log."""


@dataclass(frozen=True, repr=False)
class Service:
    """One process.

    name: unique, also the name of its log. kind: what the entry point is to run. settings: plain JSON values; they may
    hold passwords, so the repr leaves them out. address: host and port that answer when it is ready; None for a worker,
    which is ready when it runs.
    """

    name: str
    kind: str
    settings: Mapping[str, object]
    address: tuple[str, int] | None = None

    def __repr__(self) -> str:
        return f"Service({self.name})"


@dataclass
class _Running:
    service: Service
    process: ForkServerProcess | None = None
    started: float = 0.0
    due: float = 0.0
    pause: float = _SHORTEST_PAUSE
    restarts: int = 0


@dataclass
class Supervisor:
    """Starts the services in their order, keeps them running inside a `with` block, stops them in the reverse order.

    services: what to run. state: folder for `logs/<name>.log`. entry: `module:function`, called in the process as
    `function(kind, settings)`. preload: modules imported once for all; of several
    supervisors in one process the first decides. start_seconds: how long a service may take to
    become ready. Enter it from the main thread.
    Raises ServiceFailedError when a service is not ready in time.
    """

    services: Sequence[Service]
    state: Path
    entry: str = ENTRY
    preload: Sequence[str] = PRELOAD
    start_seconds: float = START_SECONDS
    _all: dict[str, _Running] = field(init=False, default_factory=dict)
    _lock: threading.RLock = field(init=False, default_factory=threading.RLock)
    _stopping: threading.Event = field(init=False, default_factory=threading.Event)
    _watcher: threading.Thread | None = field(init=False, default=None)

    def __enter__(self) -> Self:
        self._all = {service.name: _Running(service) for service in self.services}
        if len(self._all) != len(self.services):
            raise ValueError("two services have the same name")
        (self.state / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        with _bare_environment(), _without_end():
            multiprocessing.get_context("forkserver").set_forkserver_preload(list(self.preload))
            forkserver.ensure_running()
        try:
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def pid(self, name: str) -> int | None:
        """Process id of a service, None between its death and its next start."""
        with self._lock:
            process = self._all[name].process
            return process.pid if process is not None and process.is_alive() else None

    def restarts(self, name: str) -> int:
        """How often a service was started again."""
        return self._all[name].restarts

    def kill(self, name: str) -> None:
        """End a service without warning, as a crash would; it is started again."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def wait_ready(self, name: str) -> None:
        """Return when a service runs and answers. Raises ServiceFailedError after `start_seconds`."""
        address = self._all[name].service.address
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline:
            if self.pid(name) is not None and (address is None or _answers(address)):
                return
            time.sleep(0.01)
        raise ServiceFailedError(f"{name} is not ready after {self.start_seconds:g} s:\n{self.log_tail(name)}")

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a service's log."""
        path = self._log(name)
        if not path.exists():
            return "(no log)"
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask every service to end, the last one first; whoever does not is ended."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        processes = [one.process for one in reversed(self._all.values()) if one.process is not None]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        self._all.clear()

    def _start_all(self) -> None:
        for one in self._all.values():
            self._start(one)
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()
        for name in self._all:
            self.wait_ready(name)

    def _start(self, one: _Running) -> None:
        service = one.service
        arguments = (self.entry, service.kind, dict(service.settings), str(self._log(service.name)))
        process = multiprocessing.get_context("forkserver").Process(
            target=run_service, args=arguments, name=service.name, daemon=False
        )
        with _without_main():
            process.start()
        one.process, one.started = process, time.monotonic()

    def _log(self, name: str) -> Path:
        return self.state / "logs" / f"{name}.log"

    def _watch(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                living = [one.process.sentinel for one in self._all.values() if one.process is not None]
            connection.wait(living, timeout=0.1)
            now = time.monotonic()
            for one in self._all.values():
                self._look_after(one, now)

    def _look_after(self, one: _Running, now: float) -> None:
        with self._lock:
            if one.process is not None and not one.process.is_alive():
                one.pause = _SHORTEST_PAUSE if now - one.started > _HEALTHY_SECONDS else one.pause
                one.due, one.pause = now + one.pause, min(one.pause * 2, _LONGEST_PAUSE)
                log.warning("service %s ended with %s", one.service.name, one.process.exitcode)
                one.process.close()
                one.process = None
            if one.process is None and now >= one.due:
                one.restarts += 1
                self._start(one)


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody uses now, all different."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def _answers(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """A service has its own entry: it need not import the command, the script or the tests that started it."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _without_end() -> Iterator[None]:
    """What is forked later ignores SIGTERM: a whole group that is told to end is ended by us, in order."""
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _bare_environment() -> Iterator[None]:
    """What is forked later has the environment of this moment, also in /proc: no secret of the caller's is in it."""
    whole = dict(os.environ)
    for name in whole:
        if name not in _INHERITED:
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(whole)
