"""A child that cannot outlive the process that started it. Linux only; elsewhere cleaning up has to do."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """A function for `preexec_fn`: the kernel sends the signal when the *thread* that called us is gone."""
    parent = os.getpid()
    bind = _binder(with_signal)  # loaded before the fork

    def run() -> None:
        bind()
        if os.getppid() != parent:  # it died between fork and here
            os._exit(1)

    return run


def die_with_this_parent(with_signal: signal.Signals) -> None:
    """The same from inside the child, for the parent it has now."""
    _binder(with_signal)()


def _binder(with_signal: signal.Signals) -> Callable[[], None]:
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
