"""A simulated maker's list of attestation certificates that it has revoked or suspended, in the form of Android's."""

import os
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from wallet_sim.sealed_file import write_whole

Status = Literal["REVOKED", "SUSPENDED"]


class Entry(msgspec.Struct):
    """What the maker says of one certificate."""

    status: Status
    reason: str = "KEY_COMPROMISE"


class MakerList(msgspec.Struct):
    """The list of one kind of phone, by serial number in lower-case hexadecimal; what is not in it is in order."""

    entries: dict[str, Entry] = {}

    def say(self, serial: int, status: Status | None) -> None:
        """Revoke or suspend a certificate, or take it from the list."""
        self.entries.pop(f"{serial:x}", None)
        if status is not None:
            self.entries[f"{serial:x}"] = Entry(status)

    def publish(self, folder: Path, kind: str, *, at: datetime) -> None:
        """Write the list; its time of modification says since when it is known."""
        path = path_of(folder, kind)
        write_whole(path, msgspec.json.encode(self))
        os.utime(path, (at.timestamp(), at.timestamp()))


def path_of(folder: Path, kind: str) -> Path:
    """Return where the list of a kind lies in a folder of the makers."""
    return folder / f"{kind}.status.json"


def read_list(folder: Path, kind: str) -> MakerList:
    """Return what a maker has published, an empty list where it has not."""
    path = path_of(folder, kind)
    return msgspec.json.decode(path.read_bytes(), type=MakerList) if path.exists() else MakerList()
