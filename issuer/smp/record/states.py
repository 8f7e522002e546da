"""States of a set of records (mdocステータス): what is not drawn here is refused (MDOC-42, MDOC-53)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Where a set of records stands; `revoked` is loss of effect (失効)."""

    ISSUED = "issued"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


DRAWN: Final[Mapping[Status, frozenset[Status]]] = {
    Status.ISSUED: frozenset({Status.ACTIVE, Status.SUSPENDED, Status.REVOKED, Status.EXPIRED}),
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.REVOKED, Status.SUPERSEDED, Status.EXPIRED}),
    Status.SUSPENDED: frozenset({Status.ISSUED, Status.ACTIVE, Status.REVOKED, Status.EXPIRED}),
    Status.REVOKED: frozenset(),
    Status.SUPERSEDED: frozenset(),
    Status.EXPIRED: frozenset(),
}

ON_THE_PHONE: Final = frozenset({Status.ISSUED, Status.ACTIVE})
"""Sets that a report of a lost phone suspends: in use on it, or on their way to it (Order 39-16 item 1)."""

IN_FORCE: Final = frozenset({Status.ISSUED, Status.ACTIVE, Status.SUSPENDED})
"""Sets that stand in the way of a second one (Act 18-2 paragraph 1)."""


def may(status: str, to: Status) -> bool:
    """Tell whether a set may take this step."""
    return to in DRAWN[Status(status)]
