"""How the worker of the mdoc issuance system fetches what others publish: the way out is handed in by composition."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol


class NotFetched(Exception):
    """The maker gave no list; the text is a word for the log, and nothing that the maker wrote."""


@dataclass(frozen=True)
class Fetched:
    """What a maker answered: `body` is None where nothing has changed since `tag`."""

    body: bytes | None = field(repr=False)
    tag: str | None
    fresh_for: timedelta


class Fetch(Protocol):
    """Asks an address for what has changed since a tag (ETag)."""

    async def __call__(self, address: str, tag: str | None) -> Fetched:
        """Return the answer; raises NotFetched."""
        ...
