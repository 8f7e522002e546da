"""Rounds over all lines in turn, so that whatever disturbs the machine meets all of them alike."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import harmonic_mean, median
from typing import Final

from tests.bench.lines import FIGURES, Figure, Line
from tests.bench.peers.rate import rate

ROUNDS: Final = 5
TURNS: Final = 5
"""Of a line in a round: what disturbs the machine for a second so meets all lines of the round, and not one of them."""
_PEERS: Final = Path(__file__).parent / "peers"

Rates = dict[str, list[float]]


class Peer:
    """A peer at work in a process and an environment of its own."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        if self._answer() != "ready":
            raise RuntimeError("a peer cannot do the work")

    def rate(self, path: str, seconds: float) -> float:
        """Its rate at one path."""
        if self._process.stdin is None:
            raise RuntimeError("the peer does not listen")
        self._process.stdin.write(f"{path} {seconds}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        return self._process.stdout.readline().strip() if self._process.stdout else ""


@contextmanager
def peer(python: Path, name: str, work: Path) -> Iterator[Peer]:
    """Start a peer: `python` of its environment, or a folder of compiled modules for ours; `work` the JSON file."""
    command, environment = _started(python, name)
    with subprocess.Popen(
        [*command, str(work)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Peer(process)
        finally:
            process.terminate()


def _started(python: Path, name: str) -> tuple[list[str], dict[str, str]]:
    script, environment = str(_PEERS / f"{name}_peer.py"), dict(os.environ)
    if not python.is_dir():
        return [str(python), script], environment
    # Compiled modules before the sources they were made of, and the folder of the script before neither.
    environment["PYTHONPATH"] = os.pathsep.join((str(python.resolve()), str(_PEERS.parents[2])))
    return [sys.executable, "-P", script], environment


def measure(lines: Sequence[Line], pythons: Mapping[str, Path], work: Path, *, rounds: int, seconds: float) -> Rates:
    """Rates of every round by line; lines of peers that have no environment are left out."""
    with ExitStack() as stack:
        peers = {name: stack.enter_context(peer(python, name, work)) for name, python in pythons.items()}
        there = [line for line in lines if not line.peer or line.peer in peers]
        measured = [_round(there, peers, seconds) for _ in range(rounds)]
        return {line.name: [found[line.name] for found in measured] for line in there}


def _round(lines: Sequence[Line], peers: Mapping[str, Peer], seconds: float) -> dict[str, float]:
    turns = [[line.each * _turn(line, peers, seconds / TURNS) for line in lines] for _ in range(TURNS)]
    return {line.name: harmonic_mean(found) for line, found in zip(lines, zip(*turns, strict=True), strict=True)}


def _turn(line: Line, peers: Mapping[str, Peer], seconds: float) -> float:
    if line.path is not None:
        return rate(line.path, seconds)
    return peers[line.peer].rate(line.name.partition(".")[2], seconds)


def reached(figure: Figure, rates: Mapping[str, Sequence[float]]) -> float | None:
    """What is judged: the ratio of the compiled line where it was measured, else of the interpreted one."""
    compiled = ratio(*figure.compiled, rates)
    return ratio(*figure.interpreted, rates) if compiled is None else compiled


def ratio(line: str, to: str, rates: Mapping[str, Sequence[float]]) -> float | None:
    """The ratio of two lines: the median over the rounds of what they did side by side; None when one is missing."""
    if not rates.get(line) or not rates.get(to):
        return None
    return median(ours / other for ours, other in zip(rates[line], rates[to], strict=True))


def as_json(rates: Mapping[str, Sequence[float]]) -> str:
    """Medians per second, and every figure with what was wanted and what was reached."""
    figures = [
        {"line": one.line, "to": one.to, "wanted": one.wanted, "reached": found, "met": found >= one.wanted}
        | {"interpreted": ratio(*one.interpreted, rates), "compiled": ratio(*one.compiled, rates)}
        for one in FIGURES
        if (found := reached(one, rates)) is not None
    ]
    medians = {name: median(found) for name, found in rates.items()}
    return json.dumps({"per_second": medians, "figures": figures}, indent=2)
