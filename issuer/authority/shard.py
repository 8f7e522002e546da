"""Many sets move through each step together, and a bad one among them holds up nobody."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class OfSubject(Protocol):
    """Whatever belongs to one issuance."""

    @property
    def subject_id(self) -> UUID:
        """What the set is issued for."""
        ...


Left = dict[UUID, Exception]
"""What was left behind on the way, by subject, each with its reason: an IssuerError, or something unforeseen."""

T = TypeVar("T", bound=OfSubject)
R = TypeVar("R")


async def apart(step: Callable[[Sequence[T]], Awaitable[list[R]]], items: Sequence[T], left: Left) -> list[R]:
    """
    Run a step for all together, in one transaction of its own; where it is refused, for each half again.

    What is refused alone is entered in `left`. The step does all or nothing: nothing of it may have been released
    when it raises. A shard of a thousand records so costs what one costs, and one that fails costs a few more.
    """
    if not items:
        return []
    try:
        return await step(items)
    except Exception as exc:  # noqa: BLE001 - whatever is wrong with one must not hold up the others
        if len(items) == 1:
            left[items[0].subject_id] = exc
            return []
    middle = len(items) // 2
    return [*await apart(step, items[:middle], left), *await apart(step, items[middle:], left)]
