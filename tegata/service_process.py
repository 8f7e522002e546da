"""The first lines of a service's process."""

import multiprocessing
import os
import signal
import sys
from importlib import import_module

from tegata.compose.observe import crash_line
from tegata.lifeline import die_with_this_parent


def run_service(entry: str, kind: str, settings: dict[str, object], log: str) -> None:
    """Run one service until it ends; its output goes to the file `log`.

    entry: `module:function`, called with kind and settings. A crash leaves one line with its place and without its
    words, which might quote data, and the exit code 1.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the server we are forked from ignores it
    os.setsid()  # Ctrl-C is for the supervisor, which stops us in order
    die_with_this_parent(signal.SIGKILL)
    supervisor = multiprocessing.parent_process()
    if supervisor is not None and not supervisor.is_alive():
        return
    _write_to(log)
    module, function = entry.split(":")
    try:
        getattr(import_module(module), function)(kind, settings)
    except Exception as error:  # noqa: BLE001 - the last line of defence; the supervisor starts us again
        sys.stderr.write(crash_line(error) + "\n")
        sys.stderr.flush()
        raise SystemExit(1) from None


def _write_to(log: str) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(nothing)
