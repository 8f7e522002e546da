"""The minutes of a ceremony: what a witness compares, and the record that stays."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec

from pki.ca.files import grouped, write_whole


@dataclass(frozen=True, slots=True)
class Witnessed:
    """One line of the minutes: which file, whose name, its SHA-256, its end, and whether it was made just now."""

    file: str
    subject: str
    fingerprint: str
    not_after: datetime
    made: bool


@dataclass(frozen=True, slots=True)
class CeremonyReport:
    """
    The minutes of a ceremony, in the order of the acts; two witnesses compare the digests.

    `plan`: SHA-256 of the plan. `record`: the file of this ceremony's record, with its own SHA-256 in `digest`; None
    where everything was there and nothing was recorded.
    """

    lines: tuple[Witnessed, ...]
    plan: str
    record: Path | None = None
    digest: str | None = None

    def made(self) -> int:
        """Count what this run made; 0 when everything was there."""
        return sum(line.made for line in self.lines)


def recorded(report: CeremonyReport, state: Path, at: datetime) -> CeremonyReport:
    """Write what was made, if anything was; each record names the one before it, so that none can be taken out."""
    if not report.made():
        return report
    folder = state / "ceremony"
    before = sorted(folder.glob("record-*.json"))
    content = {
        "at": at,
        "plan": report.plan,
        "before": digest_of(before[-1].read_bytes()) if before else None,
        "made": [line for line in report.lines if line.made],
    }
    record = msgspec.json.format(msgspec.json.encode(content))
    path = folder / f"record-{len(before) + 1:04}.json"
    write_whole(path, record)
    return replace(report, record=path, digest=digest_of(record))


def digest_of(content: bytes) -> str:
    """SHA-256 in hex, in groups of four for reading aloud."""
    return grouped(hashlib.sha256(content).hexdigest())
