"""What the relay keeps: sealed letters as files until the phone acknowledges them, and its refusals."""

import hmac
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

MOST_LETTERS: Final = 64  # for one installation; a phone that never comes cannot fill the disk
MOST_FETCHED: Final = 16

Letter = tuple[UUID, str, bytes]


class LetterDiffers(Exception):
    """Another letter lies here under this id."""


class BoxFull(Exception):
    """The phone has not fetched its letters for too long."""


class Store:
    """
    A folder for each installation, a file for each letter: `<letter id>.<kind>`, the ciphertext and nothing else.

    An acknowledged letter leaves an empty file behind, so that a letter sent twice is not delivered twice.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, app_install_id: str, letter_id: UUID, kind: str, sealed: bytes) -> None:
        """Keep a letter; the same again is the same letter. Raises LetterDiffers, BoxFull."""
        box = self._box(app_install_id)
        box.mkdir(parents=True, exist_ok=True)
        if (box / f"{letter_id}.read").exists():
            return
        path = box / f"{letter_id}.{kind}"
        known = [each for each in box.glob(f"{letter_id}.*") if not each.name.endswith(".draft")]
        if known and (known != [path] or not hmac.compare_digest(path.read_bytes(), sealed)):
            raise LetterDiffers
        if known:
            return
        if len(self._waiting(box)) >= MOST_LETTERS:
            raise BoxFull
        _write(path, sealed)

    def fetch(self, app_install_id: str) -> list[Letter]:
        """Return the oldest letters that were not acknowledged, in the order in which they came."""
        waiting = self._waiting(self._box(app_install_id))[:MOST_FETCHED]
        return [(UUID(path.stem), path.suffix[1:], path.read_bytes()) for path in waiting]

    def acknowledge(self, app_install_id: str, letter_ids: list[UUID]) -> int:
        """Forget letters; return how many there were. Unknown ids are nobody's and change nothing."""
        box = self._box(app_install_id)
        found = [path for path in self._waiting(box) if UUID(path.stem) in letter_ids]
        for path in found:
            (box / f"{path.stem}.read").touch()
            path.unlink()
        return len(found)

    def refuse(self, at: datetime, operation: str, code: str, caller: str | None) -> None:
        """Record a refusal: when, what, why, who; nothing of what was sent."""
        self._folder.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": at.isoformat(), "operation": operation, "code": code, "caller": caller})
        with (self._folder / "refusals.jsonl").open("a") as file:
            file.write(line + "\n")

    def _box(self, app_install_id: str) -> Path:
        return self._folder / "letters" / app_install_id

    def _waiting(self, box: Path) -> list[Path]:
        found = [path for path in box.glob("*") if path.suffix not in {".read", ".draft"}] if box.exists() else []
        return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, whenever the process dies; on the disk before the sender is told so."""
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
