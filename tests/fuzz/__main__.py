"""`make fuzz`: every target for its share of the time, each in a process of its own, starting from the kept corpus.

What is found lies in build/fuzz/<target>. A crash also becomes a file of the kept corpus, which an ordinary test then
replays.
"""

import argparse
import os
import shutil
import sys
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import atheris

from tests.fuzz.target import Target

CORPUS = Path(__file__).parent / "corpus"
BUILD = Path("build") / "fuzz"
LONGEST_INPUT = 4096
SECONDS_PER_INPUT, MEGABYTES = 5, 1024
PACKAGES = ["mdoc", "pki", "issuer", "registry", "tegata"]
KEPT_PER_TARGET = 12_000  # bytes


def main() -> int:
    """Fuzz what the arguments name; 1 when something else than our own errors came out."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--keep", action="store_true", help="keep the smallest inputs that reach the same lines")
    parser.add_argument("targets", nargs="*", help="names; all of them by default")
    asked = parser.parse_args()
    with atheris.instrument_imports(include=PACKAGES):
        table: dict[str, Target] = import_module("tests.fuzz.table").ALL_TARGETS
    names = asked.targets or list(table)
    share = max(1, asked.seconds // len(names))
    crashed = [name for name in names if not run(name, table[name], share)]
    for name in names if asked.keep else ():
        minimise(name, table[name])
    for name in crashed:
        sys.stderr.write(f"{name}: what broke it lies in {CORPUS / name}\n")
    return 1 if crashed else 0


def run(name: str, target: Target, seconds: int) -> bool:
    """Fuzz one target in a child process; whether it survived."""
    kept, found = CORPUS / name, BUILD / name
    (found / "corpus").mkdir(parents=True, exist_ok=True)
    kept.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (found / "corpus" / f"seed-{number}").write_bytes(seed)
    limits = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST_INPUT}",
        f"-timeout={SECONDS_PER_INPUT}",
        f"-rss_limit_mb={MEGABYTES}",
        f"-artifact_prefix={found}/",
    ]
    sys.stderr.write(f"\n{name}\n")
    child = os.fork()
    if child == 0:
        atheris.Setup([sys.argv[0], *limits, str(found / "corpus"), str(kept)], lambda data: target.run(data) and None)
        atheris.Fuzz()  # does not return
    survived = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for crash in [crash for kind in ("crash", "timeout", "oom") for crash in found.glob(f"{kind}-*")]:
        shutil.move(crash, kept / crash.name)
    return survived


def minimise(name: str, target: Target) -> None:
    """Keep, out of what was found and kept, the smallest inputs that reach every line that any of them reaches."""
    kept = CORPUS / name
    found = {path.read_bytes() for folder in (BUILD / name / "corpus", kept) for path in folder.iterdir()}
    for path in kept.glob("input-*"):
        path.unlink()
    reached: set[tuple[str, int]] = set()
    size = 0
    for data in sorted(found, key=lambda one: (len(one), one)):
        lines = lines_of(target, data)
        if lines <= reached or size + len(data) > KEPT_PER_TARGET:
            continue
        reached |= lines
        size += len(data)
        (kept / f"input-{len(list(kept.glob('input-*'))):03}").write_bytes(data)


def lines_of(target: Target, data: bytes) -> set[tuple[str, int]]:
    """The lines of our packages that an input reaches."""
    seen: set[tuple[str, int]] = set()

    def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
        name = frame.f_code.co_filename
        if not any(f"/{package}/" in name for package in PACKAGES):
            return None
        seen.add((name, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        target.run(data)
    finally:
        sys.settrace(None)
    return seen


if __name__ == "__main__":
    sys.exit(main())
