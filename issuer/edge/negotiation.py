"""What a client takes, in the order of its own weights (RFC 9110 12.4.2, 12.5)."""

import re
from collections.abc import Sequence
from typing import Final

_MOST: Final = 64
_WEIGHT: Final = re.compile(r"(0(\.\d{0,3})?|1(\.0{0,3})?)", re.ASCII)


def best(accept: str, offered: Sequence[str]) -> str | None:
    """Return what the client wants most of `offered`, the first where it does not mind; None where it wants none."""
    stated = _weights(accept or "*/*")

    def weight(media_type: str) -> float:
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        return next((stated[one] for one in ranges if one in stated), 0.0)

    chosen = max(offered, key=weight)
    return chosen if weight(chosen) > 0 else None


def takes(accept_encoding: str, coding: str) -> bool:
    """Whether the client named `coding`; a weight of nothing is a no."""
    return _weights(accept_encoding).get(coding, 0.0) > 0


def _weights(header: str) -> dict[str, float]:
    stated = {}
    for one in header.lower().split(",")[:_MOST]:
        name, *parameters = (part.strip() for part in one.split(";"))
        stated[name] = _weight(parameters)
    return stated


def _weight(parameters: Sequence[str]) -> float:
    """A weight that cannot be read is none at all: whoever writes that gets nothing he did not clearly ask for."""
    values = [part[2:] for part in parameters if part.startswith("q=")]
    if not values:
        return 1.0
    return float(values[0]) if _WEIGHT.fullmatch(values[0]) else 0.0
