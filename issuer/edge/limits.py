"""How often one address may ask (D16)."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from registry.problems import ServiceError


class Rate:
    """
    Counts requests per client address in windows of one minute.

    The memory is bounded: with more addresses than `most_addresses` in one window, all that are new share one count.
    """

    def __init__(self, per_minute: int, most_addresses: int = 10_000) -> None:
        self._per_minute = per_minute
        self._most = most_addresses
        self._window = 0
        self._counts: Counter[str] = Counter()

    def admit(self, address: str, at: datetime) -> None:
        """Count one request; raises ServiceError(too_many_requests) beyond the limit."""
        window = int(at.timestamp()) // 60
        if window != self._window:
            self._window, self._counts = window, Counter()
        if address not in self._counts and len(self._counts) >= self._most:
            address = "everybody else"
        self._counts[address] += 1
        if self._counts[address] > self._per_minute:
            raise ServiceError("too_many_requests", "Try again in the next minute.")


def address_of(scope: Mapping[str, Any]) -> str:
    """The address from which an ASGI request comes."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"
