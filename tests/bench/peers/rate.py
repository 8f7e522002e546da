"""The one way of measuring, for us and for peers: alone in its process, and in that process's own processor time.

Runs in environments that hold a peer and nothing of ours, so it knows the standard library only.
"""

import sys
import time
from collections.abc import Callable, Mapping


def rate(path: Callable[[], object], seconds: float) -> float:
    """Times per second of processor time that `path` returns, measured for about `seconds`."""
    done, batch, began = 0, 1, time.process_time()
    while True:
        for _ in range(batch):
            path()
        done += batch
        passed = time.process_time() - began
        if passed >= seconds:
            return done / passed
        # The clock is asked seldom enough not to be measured itself.
        batch = max(1, min(done, int(done * (seconds - passed) / max(passed, 1e-6))))


def serve(paths: Mapping[str, Callable[[], object]]) -> None:
    """Run each path once, then answer lines `name seconds` on standard input with a rate each."""
    for path in paths.values():
        path()
    print("ready", flush=True)  # noqa: T201 - the answer to who started us
    for line in sys.stdin:
        name, seconds = line.split()
        print(rate(paths[name], float(seconds)), flush=True)  # noqa: T201 - likewise
