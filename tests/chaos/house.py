"""The house that is disturbed: real processes on a PostgreSQL that can be ended and comes back where it was."""

import asyncio
import os
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tegata.compose.ground import chance
from tegata.demo.start import Running, running_house
from tegata.embedded import EmbeddedServer
from tegata.softhsm import KEYS, make_token
from tegata.supervise import free_ports

INSTANCE = "tegata_chaos"
TERMS: Mapping[str, Mapping[str, str]] = {
    "*": {
        "tick": "0.3",
        "hold_retry": "1",
        "verification_lease": "5",
        "claim_lease": "5",
        "notice_repeat": "5",
        "requests_per_minute": "100000",
        "lead_days": "31",  # every set is near its end: the daily run has something to decide whenever it is asked
    }
}
"""What a dead process left is taken up within seconds, so that a run of minutes sees it."""


KINDS = ("kill", "kill", "kill", "freeze", "freeze", "freeze", "database", "database", "keys", "kill_all")
"""The kinds of faults, each as often as it is drawn."""

KINDS_WITH_TOKEN = (*(kind for kind in KINDS if kind != "keys"), "key token", "key session")
"""Where the keys lie in a token: it is gone when processes start, or it goes away under those that use it."""


@dataclass
class Database:
    """The server of the house. Start it from the main thread: it ends with the thread that started it."""

    folder: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    _stack: ExitStack = field(default_factory=ExitStack)
    _server: EmbeddedServer | None = None

    def start(self) -> str:
        """Start over whatever was left behind; return the URL of the server's owner."""
        server = EmbeddedServer(self.folder, random=chance, port=self.port)
        self._server = self._stack.enter_context(server)
        return server.admin_url

    def crash(self) -> None:
        """End it at once, without writing out what is in memory: the next start replays the log."""
        if self._server is not None:
            os.kill(self._server.pid, signal.SIGQUIT)
        self.stop()

    def stop(self) -> None:
        """End it in order; harmless when it has ended."""
        self._server = None
        self._stack.close()


@dataclass
class Disturbed:
    """A running house, and what may happen to it."""

    running: Running
    database: Database
    token: Path | None = None
    _whole: dict[Path, bytes] = field(default_factory=dict)

    @property
    def kinds(self) -> Sequence[str]:
        """What may go wrong here."""
        return KINDS if self.token is None else KINDS_WITH_TOKEN

    @property
    def names(self) -> list[str]:
        """Every process."""
        return [service.name for service in self.running.house.services()]

    def kill(self, name: str) -> None:
        """SIGKILL to one process; it is started again."""
        self.running.supervisor.kill(name)

    async def freeze(self, name: str, seconds: float) -> None:
        """Stop a process for a while: it is there and does not answer."""
        pid = self.running.supervisor.pid(name)
        if pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    async def withdraw_keys(self, seconds: float, *, under_way: bool = False) -> None:
        """
        Take the issuer's keys away, or the token with everybody's: nothing is signed until they are back.

        Who had them open is killed, or goes on without them when it happens `under_way`.
        """
        keys = self.token or self.running.house.state / "keys" / "issuer"
        away = keys.with_name(f"{keys.name}-away")
        keys.rename(away)
        try:
            for name in () if under_way else ("issuer", "issuer-worker"):
                self.kill(name)
            await asyncio.sleep(seconds)
        finally:
            away.rename(keys)

    def mend_token(self) -> None:
        """
        Give the token back what its clients' death took from it, as a token made of hardware would not have lost it.

        SoftHSM writes `token.object` anew at each login; who is killed in the middle leaves it empty, for everybody.
        """
        for path in self.token.rglob("token.object") if self.token else ():
            content = path.read_bytes()
            if content:
                self._whole[path] = content
            elif path in self._whole:
                path.write_bytes(self._whole[path])

    async def without_database(self, seconds: float) -> None:
        """Crash PostgreSQL and start it again after a while."""
        self.database.crash()
        try:
            await asyncio.sleep(seconds)
        finally:
            self.database.start()

    async def ready(self) -> None:
        """Return when every process runs and answers; raises ServiceFailedError."""
        for name in self.names:
            await asyncio.to_thread(self.running.supervisor.wait_ready, name)


def key_token(folder: Path) -> Path:
    """
    Make a SoftHSM token below a folder, in which the house keeps its keys; return where its objects lie.

    Sets the variables by which everybody finds it. Raises NoToken with what to install.
    """
    made = make_token(folder / "softhsm", chance)
    os.environ[KEYS] = made.keys
    return folder / "softhsm" / "tokens"


@contextmanager
def disturbed(folder: Path, token: Path | None = None) -> Iterator[Disturbed]:
    """Run a new house below a folder until the block ends, with its keys in a token where there is one."""
    folder.chmod(0o711)  # as root the database server runs as another user, who passes through
    database = Database(folder / "postgres")
    try:
        with running_house(folder / "state", database.start(), INSTANCE, terms=TERMS) as running:
            yield Disturbed(running, database, token)
    finally:
        database.stop()
