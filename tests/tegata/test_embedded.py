import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import tegata.embedded_account as accounts
from tegata.embedded import EmbeddedServer, ServerFailedError
from tegata.supervise import free_ports
from tests.support.entropy import SeededBytes

OWNER = """
import sys, time
from pathlib import Path
from tegata.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1]), random=lambda n: bytes(n)) as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""
pytestmark = pytest.mark.skipif("TEGATA_DATABASE_URL" in os.environ, reason="TEGATA_DATABASE_URL names a server")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data directory for the module: making it takes half a second."""
    return tmp_path_factory.mktemp("embedded") / "state"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder through which every user may pass; pytest's own are private."""
    with tempfile.TemporaryDirectory(prefix="tegata-tests-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def start(state: Path) -> EmbeddedServer:
    """A server below `state`, not yet running."""
    return EmbeddedServer(state, random=SeededBytes())


def test_data_survive(state: Path) -> None:
    """What was written is there after a stop and a start, on whatever port."""
    with start(state) as server, psycopg.connect(server.admin_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS x")
    with start(state) as server, psycopg.connect(server.admin_url) as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (1,)


def test_a_server_comes_back_where_it_was(state: Path) -> None:
    """With a fixed port, whoever was connected finds the server again under the same address."""
    (port,) = free_ports(1)
    found = []
    for _ in range(2):
        with EmbeddedServer(state, random=SeededBytes(), port=port) as server:
            found.append(server.admin_url)
    assert found[0] == found[1]
    assert found[0].endswith(f":{port}/postgres")


def test_a_wrong_password_is_refused(state: Path) -> None:
    """Nobody is trusted, not even on loopback."""
    with start(state) as server:
        wrong = psycopg.conninfo.make_conninfo(server.admin_url, password="wrong")
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(wrong)


def test_values_do_not_reach_the_log(state: Path) -> None:
    """Neither a failed statement, nor its parameters, nor the key of a violated constraint is logged."""
    with start(state) as server, psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS named (name text UNIQUE)")
        connection.execute("INSERT INTO named VALUES ('marked-value')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO named VALUES (%s)", ["marked-value"])
    logs = list(state.rglob("server.log"))
    assert logs
    assert "named_name_key" in logs[0].read_text(encoding="utf-8")
    assert "marked-value" not in logs[0].read_text(encoding="utf-8")


def test_starts_over_what_a_killed_server_left(state: Path) -> None:
    """A server killed at any moment starts again over its stale pid file."""
    with start(state) as server:
        os.kill(server.pid, signal.SIGKILL)
    assert list(state.rglob("postmaster.pid"))
    with start(state) as server, psycopg.connect(server.admin_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_pid_that_went_to_somebody_else_does_not_stop_the_start(state: Path) -> None:
    """A stale pid file is removed also when its number now belongs to a living stranger."""
    with start(state) as server:
        os.kill(server.pid, signal.SIGKILL)
    (file,) = state.rglob("postmaster.pid")
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")
    with start(state) as server:
        psycopg.connect(server.admin_url).close()


def test_a_second_server_on_the_same_data_is_refused(state: Path) -> None:
    """Two servers on one data directory would destroy it: the second says who is there."""
    with start(state) as server, pytest.raises(ServerFailedError, match=str(server.pid)):
        start(state).__enter__()


def test_dies_with_its_owner(state: Path) -> None:
    """When the process that started it is killed, the server goes too."""
    with subprocess.Popen([sys.executable, "-c", OWNER, str(state)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]:
            return
        time.sleep(0.02)
    pytest.fail("the server outlived its owner")


def test_password_is_private(state: Path) -> None:
    """The owner's password lies in a file for the server's user only, below a folder nobody else reads."""
    (password,) = state.rglob("password")
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert stat.S_IMODE(password.parent.stat().st_mode) == 0o700


def test_without_binaries_it_says_what_to_install(tmp_path: Path) -> None:
    """A machine without PostgreSQL hears the three ways to get one."""
    with pytest.raises(ServerFailedError, match=r"embedded.*PG_BIN.*TEGATA_DATABASE_URL"):
        EmbeddedServer(tmp_path / "s", random=SeededBytes(), binaries=tmp_path).__enter__()


def test_a_server_that_cannot_start_shows_its_log(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a failed start ends with what PostgreSQL said."""
    monkeypatch.setattr("tegata.embedded._ATTEMPTS", 1)
    server = EmbeddedServer(state, random=SeededBytes(), settings={"shared_buffers": "nonsense"})
    with pytest.raises(ServerFailedError, match="shared_buffers"):
        server.__enter__()
    with pytest.raises(ServerFailedError, match="not running"):
        _ = server.admin_url


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")


@as_root
def test_root_becomes_somebody_else(open_folder: Path) -> None:
    """As root, where every user may pass, the server runs as an unprivileged user and keeps its data private."""
    with start(open_folder / "state") as server:
        psycopg.connect(server.admin_url).close()
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    assert stat.S_IMODE((open_folder / "state" / "server").stat().st_mode) == 0o700


@as_root
@pytest.mark.parametrize("namespaces", [True, False], ids=["namespace", "moved"])
def test_root_below_a_private_folder(
    *, tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch, namespaces: bool
) -> None:
    """As root below a folder that no other user may enter, the server runs in a namespace, or moves out."""
    tmp_path.chmod(0o700)
    monkeypatch.setattr("tempfile.tempdir", str(open_folder))
    works = accounts._works
    if namespaces and not works([*accounts._NAMESPACE, "true"], {}):
        pytest.skip("this machine forbids user namespaces")

    def without_namespaces(command: list[str | Path], identity: accounts.Identity) -> bool:
        return command[0] != "unshare" and works(command, identity)

    monkeypatch.setattr(accounts, "_works", works if namespaces else without_namespaces)
    for _ in range(2):  # the second start finds the first one's folder
        with start(tmp_path / "state") as server:
            psycopg.connect(server.admin_url).close()
    assert bool(list(open_folder.iterdir())) is not namespaces


@as_root
def test_a_foreign_folder_is_not_used(tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that somebody else prepared under the name we would use is refused."""
    monkeypatch.setattr("tempfile.tempdir", str(open_folder))
    monkeypatch.setattr(accounts, "_works", lambda *_: False)
    state = tmp_path / "state"
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:16]
    prepared = open_folder / f"tegata-{digest}"
    prepared.mkdir()
    os.chown(prepared, 12345, 12345)
    with pytest.raises(ServerFailedError, match="prepared"):
        start(state).__enter__()


@as_root
def test_root_alone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root on a machine without any other user hears why the server does not start."""

    def nobody(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("pwd.getpwnam", nobody)
    with pytest.raises(ServerFailedError):
        start(tmp_path / "state").__enter__()
