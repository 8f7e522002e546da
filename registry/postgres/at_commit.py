"""What a transaction does last of all, right before its commit: short locks, and rows that others would wait for."""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

_KEPT: Final = "at_commit"


class LastWork(Protocol):
    """Gathers while the transaction runs what is written in one go at its end."""

    def __call__(self, session: Session) -> None:
        """Write it; everything else of the transaction stands in the database already."""


W = TypeVar("W", bound=LastWork)


async def at_commit(session: AsyncSession, kind: Callable[[], W], *, locks: bool = False) -> W:
    """
    Return the work of that kind that the caller's transaction does last; it is made when it is first asked for.

    Works run in the order in which they were first asked for, those last that `locks` what other transactions wait
    for. They run inside the transaction: what they raise rolls it back, and a transaction that is rolled back forgets
    them. Not for use inside a savepoint.
    """
    await session.connection()  # begins the transaction where nothing was said in it yet
    works: dict[Any, tuple[bool, W]] = _works(session.sync_session)
    return works.setdefault(kind, (locks, kind()))[1]


def _works(session: Session) -> dict[Any, Any]:
    transaction = session.get_transaction()
    kept: tuple[SessionTransaction | None, dict[Any, Any]] | None = session.info.get(_KEPT)
    if kept is None:
        event.listen(session, "before_commit", _run)
    if kept is None or kept[0] is not transaction:
        kept = session.info[_KEPT] = transaction, {}
    return kept[1]


def _run(session: Session) -> None:
    transaction, works = session.info[_KEPT]
    if session.get_transaction() is transaction:
        session.flush()
        for _, work in sorted(works.values(), key=itemgetter(0)):
            work(session)
