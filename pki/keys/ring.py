"""Generations of one wrapping key: the newest wraps, and each one that is still there opens (D13)."""

from collections.abc import Iterator, Sequence

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.uri import list_keys, open_wrapping
from pki.keys.wrapping import Wrapping

GENERATIONS = 9
"""How many generations are looked for. The oldest ones may be gone: rewrapping makes them needless."""


def next_generation(store: str, owner: str) -> int:
    """Return the number of the generation after all that a store has; KeyUnusable(SEVERAL) after the last."""
    there = {key.name for key in list_keys(store)}
    names = {number: _name(owner, number) for number in range(1, GENERATIONS + 1)}
    newest = max((number for number, name in names.items() if name in there), default=0)
    if newest == GENERATIONS:
        raise KeyUnusable(Fault.SEVERAL, "destroy the oldest generations and name the newest one anew")
    return newest + 1


def _name(owner: str, generation: int) -> str:
    return f"{owner}.wrapping" if generation == 1 else f"{owner}.wrapping-{generation}"


class WrappingRing:
    """
    The generations of one wrapping key, by URI, the oldest first.

    Keys are looked for at each use, so a running process finds a generation that was made after its start. Raises
    KeyUnusable(MISSING) where there is none, (UNWRAP) where none of them opens.
    """

    def __init__(self, uris: Sequence[str]) -> None:
        self._uris = tuple(uris)

    def __repr__(self) -> str:
        return f"WrappingRing({len(self._uris)} generations at most)"

    def wrap(self, data_key: bytes) -> bytes:
        """Wrap with the newest generation."""
        return next(self._newest_first()).wrap(data_key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Give back what any generation has wrapped."""
        for key in self._newest_first():
            try:
                return key.unwrap(wrapped)
            except KeyUnusable as unusable:
                if unusable.fault != Fault.UNWRAP:
                    raise
        raise KeyUnusable(Fault.UNWRAP, "wrapped by no generation of the key, or altered")

    def _newest_first(self) -> Iterator[Wrapping]:
        found = False
        for uri in reversed(self._uris):
            try:
                key = open_wrapping(uri)
            except KeyUnusable as unusable:
                if unusable.fault != Fault.MISSING:
                    raise
                continue
            found = True
            yield key
        if not found:
            raise KeyUnusable(Fault.MISSING, "no generation of the wrapping key is there")
