"""Rounds over all lines in turn, so that whatever disturbs the machine meets all of them alike."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.lines import FIGURES, Figure, Line
from tests.bench.peers.rate import rate

ROUNDS: Final = 5
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
    """Start a peer: `python` of its environment, `work` the JSON file."""
    command = [str(python), str(_PEERS / f"{name}_peer.py"), str(work)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Peer(process)
        finally:
            process.terminate()


def measure(lines: Sequence[Line], pythons: Mapping[str, Path], work: Path, *, rounds: int, seconds: float) -> Rates:
    """Rates of every round by line; lines of peers that have no environment are left out."""
    with ExitStack() as stack:
        peers = {name: stack.enter_context(peer(python, name, work)) for name, python in pythons.items()}
        rates: Rates = {line.name: [] for line in lines if not line.peer or line.peer in peers}
        for _ in range(rounds):
            for line in lines:
                if line.path is not None:
                    rates[line.name].append(line.each * rate(line.path, seconds))
                elif line.peer in peers:
                    rates[line.name].append(peers[line.peer].rate(line.name.partition(".")[2], seconds))
        return rates


def reached(figure: Figure, rates: Mapping[str, Sequence[float]]) -> float | None:
    """The ratio of two lines: the median over the rounds of what they did side by side; None when one is missing."""
    if not rates.get(figure.line) or not rates.get(figure.to):
        return None
    return median(ours / other for ours, other in zip(rates[figure.line], rates[figure.to], strict=True))


def as_json(rates: Mapping[str, Sequence[float]]) -> str:
    """Medians per second, and every figure with what was wanted and what was reached."""
    figures = [
        {"line": one.line, "to": one.to, "wanted": one.wanted, "reached": found, "met": found >= one.wanted}
        for one in FIGURES
        if (found := reached(one, rates)) is not None
    ]
    medians = {name: median(found) for name, found in rates.items()}
    return json.dumps({"per_second": medians, "figures": figures}, indent=2)
