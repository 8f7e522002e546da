import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tegata import supervise
from tegata.supervise import PRELOAD, Service, ServiceFailedError, Supervisor, free_ports

ENTRY = "tests.tegata.service_kinds:run"
OWNER = """
import sys, time
from pathlib import Path
from tegata.supervise import Service, Supervisor
if __name__ == "__main__":
    state = Path(sys.argv[1])
    service = Service("w", "worker", {"out": str(state / "out")})
    with Supervisor([service], state, entry="tests.tegata.service_kinds:run", preload=()) as running:
        print(running.pid("w"), flush=True)
        time.sleep(60)
"""


def run(state: Path, *services: Service) -> Supervisor:
    """The services. All supervisors of a process fork from one server, so its preload is also that of a whole house."""
    return Supervisor(services, state, entry=ENTRY, preload=(*PRELOAD, "tests.tegata.service_kinds"))


def until(fact: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


def seen(path: Path) -> list[dict[str, Any]]:
    """What the worker processes reported, one entry for each start."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_killed_service_is_started_again(tmp_path: Path) -> None:
    """A service that dies is back at once, as a new process with the same settings."""
    (port,) = free_ports(1)
    with run(tmp_path, Service("s", "server", {"port": port}, ("127.0.0.1", port))) as running:
        first = running.pid("s")
        began = time.monotonic()
        running.kill("s")
        until(lambda: running.restarts("s") == 1)
        running.wait_ready("s")
        assert time.monotonic() - began < 5
        assert running.pid("s") not in {first, None}
        second = running.pid("s")
    assert second is not None
    assert gone(second)


def test_a_service_knows_its_settings_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the caller's environment reaches a service, not even in the kernel's copy, but PATH and its like."""
    monkeypatch.setenv("TEGATA_DATABASE_SECRET", "marked-secret")
    state = tmp_path / "own"
    script = OWNER.replace("time.sleep(60)", "while not (state / 'out').exists(): time.sleep(0.01)")
    subprocess.run([sys.executable, "-c", script, str(state)], check=True, capture_output=True, timeout=30)
    (report,) = seen(state / "out")
    assert "PATH" in report["environment"]
    assert set(report["environment"]) <= {*supervise._INHERITED, "LC_CTYPE"}
    assert "marked-secret" not in report["first"]
    assert os.environ["TEGATA_DATABASE_SECRET"] == "marked-secret"


def test_services_die_with_the_supervisor(tmp_path: Path) -> None:
    """When the supervisor is killed, its services go too."""
    arguments = [sys.executable, "-c", OWNER, str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        owner.kill()
    until(lambda: gone(pid))


def test_a_crash_leaves_its_place_and_not_its_words(tmp_path: Path) -> None:
    """A service that crashes again and again is reported with the tail of its log, which quotes no data."""
    (port,) = free_ports(1)
    service = Service("c", "crash", {"secret": "marked-secret"}, ("127.0.0.1", port))
    running = run(tmp_path, service)
    running.start_seconds = 3
    with pytest.raises(ServiceFailedError, match="ValueError") as caught:
        running.__enter__()
    assert "service_kinds.py" in str(caught.value)
    assert "marked-secret" not in str(caught.value)
    assert "山田" not in (tmp_path / "logs" / "c.log").read_text()


def test_restarts_are_spaced(tmp_path: Path) -> None:
    """Between the starts of a service that keeps crashing the pauses double."""
    began = time.monotonic()
    with run(tmp_path, Service("c", "crash", {"secret": ""})) as running:
        until(lambda: running.restarts("c") >= 3)
    assert time.monotonic() - began > 0.1 + 0.2 + 0.4


def test_a_service_that_ignores_the_request_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping ends also a service that does not want to."""
    monkeypatch.setattr(supervise, "GRACE_SECONDS", 0.2)
    with run(tmp_path, Service("x", "stubborn", {"out": str(tmp_path / "deaf")})) as running:
        until((tmp_path / "deaf").exists)
        pid = running.pid("x")
    assert pid is not None
    assert gone(pid)


def test_each_has_its_log(tmp_path: Path) -> None:
    """Each service writes to a private file of its own."""
    with run(
        tmp_path, Service("a", "worker", {"out": str(tmp_path / "o")}), Service("b", "crash", {"secret": ""})
    ) as r:
        until(lambda: "ValueError" in r.log_tail("b"))
        until(lambda: r.log_tail("a") == "")
        assert (tmp_path / "logs" / "b.log").stat().st_mode & 0o777 == 0o600


def test_ctrl_c_is_for_the_supervisor(tmp_path: Path) -> None:
    """A service has a session of its own, so the terminal's signals do not reach it."""
    with run(tmp_path, Service("a", "worker", {"out": str(tmp_path / "o")})) as running:
        until(lambda: seen(tmp_path / "o"))
        pid = running.pid("a")
        assert pid is not None
        assert os.getsid(pid) == pid != os.getsid(0)


def test_names_are_unique(tmp_path: Path) -> None:
    """Two services of one name would write one log and answer one kill."""
    with pytest.raises(ValueError, match="same name"):
        run(tmp_path, Service("a", "crash", {}), Service("a", "crash", {})).__enter__()


def test_settings_are_not_shown() -> None:
    """Printing a service shows no password."""
    assert repr(Service("a", "worker", {"url": "secret"})) == "Service(a)"


def test_ports_are_different() -> None:
    """Free ports asked for together are all different."""
    assert len(set(free_ports(20))) == 20


def test_a_dead_service_cannot_be_killed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killing what is already dead does nothing."""
    monkeypatch.setattr(supervise, "_SHORTEST_PAUSE", 5.0)
    with run(tmp_path, Service("a", "worker", {"out": str(tmp_path / "o")})) as running:
        running._all["a"].pause = 5.0
        running.kill("a")
        until(lambda: running.pid("a") is None)
        running.kill("a")
        assert running.restarts("a") == 0
