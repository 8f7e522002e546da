"""What a target of fuzzing is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mdoc.errors import MdocError


@dataclass(frozen=True)
class Target:
    """A decoder with what feeds it: it must answer any bytes with a result or with one of `errors`.

    `covers` names the public functions that read strangers' bytes here; `seeds` are valid messages.
    """

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    covers: tuple[Callable[..., Any], ...]
    errors: tuple[type[Exception], ...] = (MdocError,)

    def run(self, data: bytes) -> str:
        """Read `data`; the text of the error with which it was refused, or nothing. Anything else passes through."""
        try:
            self.read(data)
        except self.errors as refused:
            return str(refused)
        return ""
