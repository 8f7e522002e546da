"""Work that a transaction does last."""

from typing import ClassVar

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.postgres.at_commit import at_commit
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


SET, GET = text("SELECT set_config('noted.word', :word, false)"), text("SELECT current_setting('noted.word', true)")


class Noted:
    """Notes what the database holds when it is run."""

    heard: ClassVar[list[tuple[list[str], str]]] = []

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, session: Session) -> None:
        """Look."""
        Noted.heard.append((self.words, session.scalar(GET) or ""))


async def test_once_and_last(sessions: Sessions) -> None:
    """What was gathered is written once, after everything else; one that rolled back leaves the next nothing."""
    Noted.heard.clear()
    async with sessions() as session:
        (await at_commit(session, Noted)).words.append("lost")
        await session.rollback()
        (await at_commit(session, Noted)).words.append("one")
        (await at_commit(session, Noted)).words.append("two")
        await session.execute(SET, {"word": "said later"})
        assert Noted.heard == []
        await session.commit()
        await session.execute(SET, {"word": "another"})
        await session.commit()
    assert Noted.heard == [(["one", "two"], "said later")]


class Failing:
    """Cannot be done."""

    def __call__(self, session: Session) -> None:
        """Fail."""
        raise LookupError


async def test_what_it_raises_undoes_the_act(sessions: Sessions) -> None:
    """Nothing of an act stands whose last work failed."""
    async with sessions() as session:
        await session.execute(SET, {"word": "undone"})
        await at_commit(session, Failing)
        with pytest.raises(LookupError):
            await session.commit()
    async with sessions() as session:
        assert await session.scalar(GET) != "undone"


class Ordered:
    """Tells when it is run."""

    heard: ClassVar[list[str]] = []

    def __call__(self, session: Session) -> None:
        """Tell."""
        del session
        self.heard.append(type(self).__name__)


class Locking(Ordered):
    """Locks what others wait for."""


async def test_what_others_wait_for_is_locked_last_of_all(sessions: Sessions) -> None:
    """Whoever locks runs behind works that were asked for later: others wait for the commit alone."""
    Ordered.heard.clear()
    async with sessions.begin() as session:
        await at_commit(session, Locking, locks=True)
        await at_commit(session, Ordered)
        await at_commit(session, Locking, locks=True)
    assert Ordered.heard == ["Ordered", "Locking"]
