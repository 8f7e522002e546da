"""Unfinished work of a contractor: a folder for each order, a sealed file for each step that is done."""

from hashlib import sha256
from pathlib import Path
from uuid import UUID

from wallet_sim.chance import Chance
from wallet_sim.sealed_file import own_key, seal, unseal, write_whole

PREFIX = "order-"  # a number is a name of the sender's choice; with the prefix it is never a path of its own


def named_id(kind: str, name: str) -> UUID:
    """Return the id that always belongs to a name: a step repeated after a crash is the same step to the other side."""
    return UUID(bytes=sha256(f"{kind}/{name}".encode()).digest()[:16], version=5)  # made from a name (RFC 9562 5.5)


class Drawer:
    """
    Orders by number. Everything in it is sealed, and gone when the order is finished but for the number.

    A step is on the disk before the next one begins, so a process killed anywhere goes on where it was.
    """

    def __init__(self, folder: Path, random: Chance) -> None:
        self._folder = folder
        self._random = random
        self._key = own_key(folder / "key", random)

    def put(self, number: str, step: str, content: bytes) -> None:
        """Keep what a step has made."""
        write_whole(self._path(number, step), seal(content, self._key, f"{number}/{step}", self._random))

    def get(self, number: str, step: str) -> bytes | None:
        """Return what a step has made, or None when it is not done; raises CannotOpen for an altered file."""
        path = self._path(number, step)
        return unseal(path.read_bytes(), self._key, f"{number}/{step}") if path.exists() else None

    def names(self) -> list[str]:
        """Return the numbers of unfinished orders."""
        folder = self._folder / "open"
        found = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        return [name.removeprefix(PREFIX) for name in found]

    def finish(self, number: str) -> None:
        """Mark an order as done and destroy what was kept for it."""
        write_whole(self._folder / "done" / (PREFIX + number), b"")
        self._clear(number)

    def was_done(self, number: str) -> bool:
        """Tell whether an order was finished; what a crash left of it is destroyed now."""
        done = (self._folder / "done" / (PREFIX + number)).exists()
        if done:
            self._clear(number)
        return done

    def _clear(self, number: str) -> None:
        folder = self._folder / "open" / (PREFIX + number)
        for path in folder.iterdir() if folder.exists() else ():
            path.unlink()
        if folder.exists():
            folder.rmdir()

    def _path(self, number: str, step: str) -> Path:
        return self._folder / "open" / (PREFIX + number) / step
