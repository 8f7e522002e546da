"""One request or one job: who does what, when, and on whose behalf."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Clock = Callable[[], datetime]
Chance = Callable[[int], bytes]


def new_id(random: Chance) -> UUID:
    """Return a random UUID (version 4) made from the random source that was handed in."""
    return UUID(bytes=random(16), version=4)


@dataclass(frozen=True)
class Act:
    """
    What every domain function is told about the request or job it serves.

    `at` is its one instant (UTC). `operator` is None unless a human acted (AUDIT-9); a machine call is named by
    `caller`. `end_user` is the user of a recipient body (ACCESS-14).
    """

    operation: str
    system: str
    caller: str
    request_id: UUID
    at: datetime
    random: Chance = field(repr=False, compare=False)
    body: str | None = None
    operator: str | None = None
    terminal: str | None = None
    end_user: str | None = None
    affair: str | None = None
    key_kind: str = "none"
    idempotency_key: str | None = None

    def new_id(self) -> UUID:
        """Return a fresh random id for a row of this act."""
        return new_id(self.random)


def job(system: str, operation: str, *, at: datetime, random: Chance) -> Act:
    """Return the act of a job: the system acts on itself and no human did (AUDIT-9)."""
    return Act(operation=operation, system=system, caller=system, request_id=new_id(random), at=at, random=random)
