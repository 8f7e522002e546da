"""A maker's list as it lies here: a file that is replaced when a new one is fetched, believed for a term (MDOC-23)."""

import logging
import os
from collections.abc import Callable, Container
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from issuer.smp.makers.status_list import LIMIT, MalformedMakerList, read

log = logging.getLogger(__name__)
TERM: Final = timedelta(hours=24)
SLACK: Final = timedelta(minutes=5)  # by which the clock that stamped the file may be ahead of ours


class StaleMakerList(Exception):
    """Nobody can tell whether a certificate is revoked: no list was taken within its term."""


def file_of(folder: Path, kind: str) -> Path:
    """Return where the list of one kind of phone lies."""
    return folder / f"{kind}.status.json"


def taken_at(path: Path) -> datetime | None:
    """Return when a list was taken: the time of modification of its file, None where there is none."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


class KeptList:
    """
    One list, read again when its file changes.

    A file that is malformed is refused with a line in the log, and the list before it stays for the rest of its term.
    """

    def __init__(self, kind: str, path: Path, term: timedelta = TERM) -> None:
        self._kind = kind
        self._path = path
        self._term = term
        self._seen: tuple[int, int] | None = None
        self._digest = b""
        self._taken: datetime | None = None
        self._listed: frozenset[int] = frozenset()
        self._told = False

    def is_revoked(self, serial: int, at: datetime) -> bool:
        """Tell whether a certificate is revoked or suspended; raises StaleMakerList when that cannot be told."""
        self._refresh()
        if self._taken is None or not -SLACK <= at - self._taken <= self._term:
            self._alarm()
            raise StaleMakerList(self._kind)
        self._told = False
        return serial in self._listed

    def _alarm(self) -> None:
        """Say once that the list is stale, until there is one again."""
        if not self._told:
            self._told = True
            log.error("maker list stale", extra={"kind": self._kind})

    def _refresh(self) -> None:
        try:
            state = self._path.stat()
        except OSError:
            return
        mark = (state.st_mtime_ns, state.st_size)
        if mark != self._seen:
            self._seen = mark
            self._read()

    def _read(self) -> None:
        try:
            with self._path.open("rb") as file:
                taken = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
                raw = file.read(LIMIT + 1)
            digest = sha256(raw).digest()
            if digest != self._digest:  # a list that has not changed is only stamped anew
                self._listed = read(raw)
        except (OSError, MalformedMakerList):
            log.error("maker list refused", extra={"kind": self._kind})  # noqa: TRY400 - an error's text quotes data
            return
        self._digest, self._taken = digest, taken


def revocation(kind: str, folder: Path, publishing: Container[str], term: timedelta) -> Callable[[int, datetime], bool]:
    """Return what tells whether a certificate of a kind of phone is revoked: never, where its maker lists none."""
    return KeptList(kind, file_of(folder, kind), term).is_revoked if kind in publishing else _nothing


def _nothing(_serial: int, _at: datetime) -> bool:
    return False
