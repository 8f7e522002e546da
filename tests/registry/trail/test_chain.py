"""Every entry finds its place behind those that were written before it, once, whoever else is at work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from registry.trail import chain as chaining
from registry.trail.chain import PERIOD, YoungerThanItsTrail
from registry.trail.link import genesis
from registry.trail.models import CommunicationRecord
from tests.registry.trail.book import STORE, Book, call, erasure, provision
from tests.support.clock import START
from tests.support.database import opened

A_SECOND = timedelta(seconds=1)
SEQUENCES = "SELECT trail, sequence FROM chain_link ORDER BY 1, 2"
ENTRIES = "SELECT entry FROM chain_link ORDER BY sequence"
MARKS = "SELECT sequence FROM trail_checkpoint WHERE trail = 'communication_record' ORDER BY 1"


@pytest.mark.requirement("AUDIT-20")
async def test_every_trail_of_a_store_has_its_chain(book: Book) -> None:
    """Provisions, communications and erasures are chained apart, from one on; the chains verify and are signed for."""
    await book.write(provision(1), provision(2), call(3))
    await book.write(erasure(4), by=book.eraser)
    assert await book.chained() == 4

    assert await book.rows(SEQUENCES) == [
        ("communication_record", 1),
        ("erasure_record", 1),
        ("provision_record", 1),
        ("provision_record", 2),
    ]
    assert len(await book.rows("SELECT 1 FROM trail_checkpoint")) == 3
    assert await book.findings() == []


async def test_a_step_that_finds_nothing_asks_once(book: Book) -> None:
    """Where nothing is new the step takes its lock, looks once, and writes nothing."""
    await book.write(call(1))
    await book.chained()
    asked: list[str] = []
    async with opened(book.urls.app, pool_size=1) as sessions:
        engine = sessions.kw["bind"].sync_engine
        event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert await book.chain(sessions).step(START + A_SECOND) == 0

    assert len(asked) == 2
    assert "pg_try_advisory_xact_lock" in asked[0]
    assert asked[1].startswith("SELECT")


async def test_the_look_is_indexed(book: Book) -> None:
    """The planner finds the next entries by the index of writing, and does not read the trail for it."""
    await book.write(*(call(number) for number in range(1, 50)))
    await book.chained()
    statement = chaining._head(chaining_table())
    async with book.app() as session:
        dialect = (await session.connection()).dialect
        plain = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        plan = "\n".join(await session.scalars(text("EXPLAIN " + plain.replace(":", r"\:"))))

    assert "communication_record_written" in plan
    assert "Seq Scan on communication_record" not in plan


def chaining_table() -> Any:
    """The table of communications."""
    return CommunicationRecord.__table__


@pytest.mark.requirement("AUDIT-20")
async def test_what_commits_late_is_not_passed_over(book: Book) -> None:
    """While an older act still runs, what was written after it waits; then both are chained in the order of writing."""
    async with book.app() as slow, slow.begin():
        slow.add(call(9, START - timedelta(hours=1)))
        await slow.flush()
        await book.write(call(1))
        waiting = await book.chained()
    assert waiting == 0
    assert await book.chained() == 2

    assert [entry.int for (entry,) in await book.rows(ENTRIES)] == [9, 1]
    assert await book.findings() == []


async def test_an_act_that_is_given_up_holds_up_nobody(book: Book) -> None:
    """A transaction that was rolled back leaves no entry, no gap and nothing to wait for."""
    async with book.app() as given_up:
        given_up.add(call(9))
        await given_up.flush()
        await given_up.rollback()
    await book.write(call(1))

    assert await book.chained() == 1
    assert await book.rows(SEQUENCES) == [("communication_record", 1)]


async def test_a_transaction_larger_than_a_batch_goes_on_where_it_was(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries of one transaction fill several batches: each is chained once."""
    monkeypatch.setattr(chaining, "BATCH", 3)
    await book.write(*(call(number) for number in range(1, 8)))

    assert await book.chained() == 7
    assert [entry.int for (entry,) in await book.rows(ENTRIES)] == list(range(1, 8))


async def test_two_workers_make_one_chain(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both at once, again and again while entries come: no gap, no fork, no error."""
    monkeypatch.setattr(chaining, "BATCH", 2)

    async def work() -> None:
        for _ in range(12):
            await book.chain().step(START)
            await asyncio.sleep(0)

    async def act() -> None:
        for number in range(1, 16):
            await book.write(call(number))

    await asyncio.gather(work(), act(), work())
    await book.chained()

    assert await book.rows("SELECT sequence FROM chain_link ORDER BY 1") == [(number,) for number in range(1, 16)]
    assert await book.findings() == []


async def test_while_one_worker_chains_another_finds_nothing(book: Book) -> None:
    """One lock for each store: who does not get it leaves the work to who has it."""
    await book.write(call(1))
    async with book.app.begin() as other:
        await other.execute(text("SELECT pg_advisory_xact_lock(21)"))
        assert await book.chain().step(START) == 0
    assert await book.chain().step(START) == 1


class Dies:
    """Sessions whose connection is gone after so many statements."""

    def __init__(self, book: Book, after: int) -> None:
        self._book = book
        self._after = after
        self.died = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Begin a transaction that will not live long."""
        async with self._book.app.begin() as session:
            left = self._after
            execute = session.execute

            async def counted(*told: Any, **named: Any) -> Any:
                nonlocal left
                if left == 0:
                    self.died = True
                    raise ConnectionError
                left -= 1
                return await execute(*told, **named)

            session.execute = counted  # type: ignore[method-assign]
            yield session
            if left == 0 and not self.died:
                self.died = True
                raise ConnectionError


@pytest.mark.requirement("AUDIT-20")
async def test_killed_between_any_two_statements(book: Book) -> None:
    """Wherever a worker dies, nothing of the batch is there, and the next one makes the same chain as undisturbed."""
    await book.write(call(1), call(2), provision(3))
    statements = 0
    while True:
        dies = Dies(book, statements)
        try:
            await book.chain(dies).step(START)  # type: ignore[arg-type]
        except ConnectionError:
            assert await book.rows("SELECT 1 FROM chain_link UNION ALL SELECT 1 FROM trail_checkpoint") == []
            statements += 1
        else:
            break

    assert statements >= 6
    assert await book.rows("SELECT count(*) FROM chain_link") == [(3,)]
    assert await book.findings() == []


async def test_a_checkpoint_after_so_many_links_and_after_so_long(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Signed for at once where much is new, after five minutes where something is, and never for nothing."""
    monkeypatch.setattr(chaining, "COVERED", 3)
    await book.write(call(1))
    await book.chained()
    await book.write(call(2))
    await book.chained(START + PERIOD - A_SECOND)
    soon = await book.rows(MARKS)
    await book.write(call(3), call(4), call(5))
    await book.chained(START + PERIOD - A_SECOND)
    many = await book.rows(MARKS)
    await book.write(call(6))
    await book.chained(START + 2 * PERIOD)
    await book.chained(START + 4 * PERIOD)

    assert (soon, many) == ([(1,)], [(1,), (5,)])
    assert await book.rows(MARKS) == [(1,), (5,), (6,)]
    assert await book.findings() == []


async def test_a_checkpoint_names_the_newest_entry_before_it(book: Book) -> None:
    """Whatever the order of writing: the latest instant of all entries that it covers, also of earlier stretches."""
    late = START + timedelta(days=3)
    await book.write(call(1, late))
    await book.chained()
    await book.write(call(2))
    await book.chained(START + PERIOD)

    assert await book.rows("SELECT newest FROM trail_checkpoint ORDER BY sequence") == [(late,), (late,)]


async def test_a_cluster_that_is_younger_than_its_trail_is_refused(book: Book) -> None:
    """After a logical restore PostgreSQL counts from the beginning: entries would be passed over, so the step halts."""
    await book.write(call(1))
    await book.chained()
    await book.by_owner("UPDATE chain_link SET written = 1::bigint << 40")

    with pytest.raises(YoungerThanItsTrail):
        await book.chain().step(START)


@pytest.mark.requirement("AUDIT-20")
@pytest.mark.parametrize("table", ["chain_link", "trail_checkpoint"])
@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("app", "DELETE FROM {}"),
        ("app", "UPDATE {} SET sequence = sequence"),
        ("app", "TRUNCATE {}"),
        ("sweep", "UPDATE {} SET sequence = sequence"),
        ("sweep", "INSERT INTO {} DEFAULT VALUES"),
        ("check", "INSERT INTO {} DEFAULT VALUES"),
        ("check", "DELETE FROM {}"),
        ("owner", "DELETE FROM {}"),
        ("owner", "UPDATE {} SET sequence = sequence"),
    ],
)
async def test_nobody_changes_the_chain(book: Book, role: str, statement: str, table: str) -> None:
    """The service adds, the eraser erases, whoever checks reads: nobody alters a link, not even the owner."""
    await book.write(call(1))
    await book.chained()
    with psycopg.connect(getattr(book.urls, role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.format(table).encode())


def test_the_store_is_named_in_its_chain() -> None:
    """What stands before the first link is another thing in every store and trail."""
    starts = {genesis(store, trail) for store in (STORE, "juki") for trail in ("a", "b")}
    assert len(starts) == 4
