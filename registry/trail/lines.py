"""
The lines in which a trail is read, from its store or from an export: JSON, one object a line.

An export holds no personal data: the trail has none (AUDIT-20).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, Final, TypeAlias
from uuid import UUID

import msgspec

from registry.trail.checkpoint import Checkpoint

LONGEST: Final = 65_536
"""Bytes of a line; an entry takes about one thousand."""


class Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="trail"):
    """What follows is the trail of a store as it was at an instant; its links up to `erased_to` were erased."""

    store: str
    trail: str
    at: datetime
    erased_to: int = 0


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="link"):
    """A link with its entry; `said` is None where no entry has the id `entry`."""

    sequence: int
    entry: UUID
    digest: bytes
    previous: bytes
    written: int
    said: dict[str, Any] | None = None


class Unlinked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="unlinked"):
    """An entry that no link names: not chained yet, or put in later between others."""

    entry: UUID
    written: int
    said: dict[str, Any]


class End(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="end"):
    """The trail that began is complete."""

    trail: str


Line: TypeAlias = Begin | Checkpoint | Link | Unlinked | End


class Unreadable(Exception):
    """A line is too long, or no line of an export."""


def as_text(line: Line) -> bytes:
    """Return a line as it stands in a file."""
    return msgspec.json.encode(line) + b"\n"


def read_lines(file: IO[bytes]) -> Iterator[Line]:
    """Return the lines of an export; raises Unreadable with the number of the line."""
    decoder = msgspec.json.Decoder(Line)
    number = 0
    while raw := file.readline(LONGEST + 1):
        number += 1
        if len(raw) > LONGEST:
            raise Unreadable(f"line {number} is longer than {LONGEST} bytes")
        try:
            yield decoder.decode(raw)
        except msgspec.MsgspecError:
            raise Unreadable(f"line {number} is no line of an export") from None
