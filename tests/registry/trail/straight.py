"""A chain as it should be, made without a database."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from registry.trail.checkpoint import Checkpoint, signed
from registry.trail.entry import digest_of, said
from registry.trail.lines import Begin, End, Line, Link
from registry.trail.link import genesis, link_hash
from tests.registry.trail.book import STORE, key_named
from tests.support.clock import START

TRAIL = "communication_record"
STRETCH = 4
"""Links from one checkpoint to the next."""


def entry(number: int) -> dict[str, Any]:
    """What one entry says."""
    at = START + timedelta(seconds=number)
    fields = {"id": UUID(int=number), "at": at, "direction": "in", "system": STORE, "outcome": "done"}
    return said({**fields, "operation": f"juki.step_{number}", "peer": None})


def checkpoint(sequence: int, digest: bytes, **changed: Any) -> Checkpoint:
    """A checkpoint that is signed for."""
    at = START + timedelta(seconds=sequence)
    told: dict[str, Any] = {"store": STORE, "trail": TRAIL, "sequence": sequence, "hash": digest, "key": "k1"}
    told |= {"newest": at, "at": at} | changed
    return signed(Checkpoint(**told), key_named())


def straight(count: int) -> list[Line]:
    """A trail of so many entries, with a checkpoint after each stretch and at the end."""
    lines: list[Line] = [Begin(STORE, TRAIL, START)]
    previous = genesis(STORE, TRAIL)
    for number in range(1, count + 1):
        what = entry(number)
        digest = digest_of(TRAIL, what)
        lines.append(Link(number, UUID(int=number), digest, previous, number, what))
        previous = link_hash(previous, number, digest)
        if number % STRETCH == 0 or number == count:
            lines.append(checkpoint(number, previous))
    return [*lines, End(TRAIL)]
