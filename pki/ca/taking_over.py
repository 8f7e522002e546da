"""The folder that a ceremony filled: its registers come into the store, and the store's lists go back to it."""

import asyncio
from datetime import datetime
from pathlib import Path

from pki.ca.files import read_lines, write_whole
from pki.ca.lists import adopt, list_file, listed_in, newest
from pki.ca.register import take_over
from registry.postgres.engine import Sessions


class Folder:
    """One such folder; a register is read again when it has changed."""

    def __init__(self, state: Path, sessions: Sessions) -> None:
        self._state = state
        self._sessions = sessions
        self._seen: dict[Path, tuple[int, int]] = {}

    async def take_over(self, at: datetime) -> int:
        """Bring every new line of the registers, and each authority's first list, into the store; return how many."""
        del at
        done = 0
        for register in sorted((self._state / "registers").glob("*.jsonl")):
            done += await self._register(register)
        for name in await asyncio.to_thread(listed_in, self._state / "trust"):
            done += await self._first_list(name, self._list_of(name))
        return done

    def _list_of(self, authority: str) -> Path:
        return self._state / "trust" / f"{list_file(authority)}.crl"

    async def _register(self, register: Path) -> int:
        state = await asyncio.to_thread(register.stat)
        mark = (state.st_mtime_ns, state.st_size)
        if self._seen.get(register) == mark:
            return 0
        lines = await asyncio.to_thread(read_lines, register)
        async with self._sessions.begin() as session:
            done = await take_over(session, register.stem, lines)
        self._seen[register] = mark
        return done

    async def _first_list(self, name: str, path: Path) -> int:
        if path in self._seen or not await asyncio.to_thread(path.exists):
            return 0
        async with self._sessions.begin() as session:
            done = await adopt(session, name, await asyncio.to_thread(path.read_bytes))
        self._seen[path] = (0, 0)
        return done

    async def leave_lists(self, at: datetime) -> int:
        """Put the newest list of each authority beside its root, for systems of this machine; return how many."""
        del at
        done = 0
        for name in await asyncio.to_thread(listed_in, self._state / "trust"):
            async with self._sessions() as session:
                last = await newest(session, name)
            path = self._list_of(name)
            if last is not None and await asyncio.to_thread(_differs, path, last.der):
                await asyncio.to_thread(write_whole, path, last.der)
                done += 1
        return done


def _differs(path: Path, content: bytes) -> bool:
    return not path.exists() or path.read_bytes() != content
