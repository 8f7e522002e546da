"""Processes for the tests of the supervisor: as small as a service can be."""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any


def run(kind: str, settings: dict[str, Any]) -> None:
    """Run one of the kinds below; the settings say where to write what was seen."""
    {"server": _server, "worker": _worker, "crash": _crash, "stubborn": _stubborn}[kind](settings)


def _worker(settings: dict[str, Any]) -> None:
    seen = {"environment": dict(os.environ), "pid": os.getpid(), "loaded": "sqlalchemy" in sys.modules}
    seen["first"] = Path("/proc/self/environ").read_bytes().decode(errors="replace")
    with Path(settings["out"]).open("a") as file:
        file.write(json.dumps(seen) + "\n")
    time.sleep(60)


def _server(settings: dict[str, Any]) -> None:
    with socket.create_server(("127.0.0.1", settings["port"])) as listening:
        while True:
            listening.accept()[0].close()


def _crash(settings: dict[str, Any]) -> None:
    raise ValueError("山田太郎 " + settings["secret"])


def _stubborn(settings: dict[str, Any]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(settings["out"]).touch()
    time.sleep(60)
