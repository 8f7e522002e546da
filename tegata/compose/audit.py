"""The trail of one store as whoever only checks reads it: into a file, or before a verifier (AUDIT-20)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

from registry.postgres.engine import open_engine, open_sessions
from registry.retention.rule import due_before
from registry.retention.trail import TRAIL_YEARS, TRAILS
from registry.trail.checkpoint import Checkpoint
from registry.trail.entry import name_of
from registry.trail.export import read_trails
from registry.trail.lines import Line, Unreadable, as_text, read_lines
from registry.trail.verify import Finding, Terms, Verified, Verifier
from tegata.compose.clock import now
from tegata.compose.ground import Settings
from tegata.compose.trail import read_checkpoint_keys
from wallet_sim.sealed_file import write_whole

Told = Callable[[int], None]
"""Is told how many rows were gone through since the last time."""

_OFTEN = 500


class Audit:
    """Takes lines, tells how many there were, and has what was found."""

    def __init__(self, keys: Path, kept: Sequence[Checkpoint], at: datetime, told: Told) -> None:
        trails = [name_of(table) for table in TRAILS]
        terms = Terms(read_checkpoint_keys(keys), due_before(at, TRAIL_YEARS), kept, trails)
        self._verifier = Verifier(terms)
        self._told = told
        self._count = 0
        self.findings: list[Finding] = []

    @property
    def seen(self) -> Sequence[Verified]:
        """What was gone through, trail by trail."""
        return self._verifier.seen

    def take(self, line: Line) -> None:
        """Verify one line."""
        self.findings += self._verifier.take(line)
        self._count += 1
        if self._count % _OFTEN == 0:
            self._told(_OFTEN)

    def finish(self) -> None:
        """Nothing more comes."""
        self.findings += self._verifier.finish()
        self._told(self._count % _OFTEN)


async def read_store(settings: Settings, store: str, take: Callable[[Line], None]) -> None:
    """Hand every line of a store's trail over, read in one snapshot under the read-only role."""
    engine = open_engine(settings.database_urls[store], pool_size=1)
    try:
        async with open_sessions(engine).begin() as session:
            async for line in read_trails(session, store, TRAILS, now()):
                take(line)
    finally:
        await engine.dispose()


def read_file(path: Path, take: Callable[[Line], None]) -> None:
    """Hand every line of an export over; raises Unreadable."""
    with path.open("rb") as file:
        for line in read_lines(file):
            take(line)


def write_line(file: IO[bytes]) -> Callable[[Line], None]:
    """Return what writes lines to a file."""

    def take(line: Line) -> None:
        file.write(as_text(line))

    return take


def keep(path: Path, checkpoints: Iterable[Checkpoint]) -> None:
    """Write checkpoints to a file, to be kept elsewhere."""
    write_whole(path, b"".join(as_text(each) for each in checkpoints))


def read_kept(paths: Iterable[Path]) -> list[Checkpoint]:
    """Read checkpoints that were kept; raises Unreadable for a file that holds anything else."""
    kept: list[Checkpoint] = []
    for path in paths:
        with path.open("rb") as file:
            for line in read_lines(file):
                if not isinstance(line, Checkpoint):
                    raise Unreadable(f"{path} holds more than checkpoints")
                kept.append(line)
    return kept
