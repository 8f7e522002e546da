"""Chance that repeats itself."""

import hashlib


class SeededBytes:
    """Give it wherever `random: Callable[[int], bytes]` is asked for; equal seeds give equal sequences."""

    def __init__(self, seed: str = "tegata") -> None:
        self._seed = seed
        self._drawn = 0

    def __call__(self, length: int) -> bytes:
        """The next `length` bytes."""
        self._drawn += 1
        return hashlib.shake_256(f"{self._seed}:{self._drawn}".encode()).digest(length)
