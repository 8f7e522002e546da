"""The end of the trail's own retention: its beginning goes, and what is left still verifies."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from issuer.retention import Periods, rules
from pki.app import ERASED as PKI_ERASED
from registry.app import ERASED
from registry.calendar import end_of_day
from registry.retention.sweep import sweep_once
from registry.retention.trail import trail_rules
from registry.trail import chain as chaining
from registry.trail.verify import Kind
from tegata.house import DATABASES
from tests.registry.trail.book import Book, call, erasure, opened_book, provision
from tests.support.clock import START
from tests.support.database import FreshDatabases
from tests.support.mechanics.database import MECHANICS_ONLY

DUE = end_of_day(date(2033, 4, 10))
A_SECOND = timedelta(seconds=1)
EVIDENCE = "SELECT rule, tables, counts, checkpoint FROM erasure_record ORDER BY checkpoint"
LEFT = "SELECT id FROM communication_record ORDER BY id"


@pytest.fixture
async def book(fresh_databases: FreshDatabases) -> AsyncIterator[Book]:
    """A store of its own."""
    async with opened_book(fresh_databases([MECHANICS_ONLY])[MECHANICS_ONLY.name]) as made:
        yield made


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint after every second link."""
    monkeypatch.setattr(chaining, "BATCH", 2)
    monkeypatch.setattr(chaining, "COVERED", 2)


async def numbers(book: Book) -> list[int]:
    """The calls that are left."""
    return [each.int for (each,) in await book.rows(LEFT)]


@pytest.mark.requirement("AUDIT-8", "RETAIN-24")
async def test_seven_years_to_the_end_of_the_day(book: Book) -> None:
    """A second before nothing goes; then entries and links go together, and the evidence names the checkpoint."""
    await book.write(provision(1), call(2), call(3))
    await book.chained()
    assert await book.swept(DUE - A_SECOND) == 0
    kept = await numbers(book)
    assert await book.swept(DUE) == 3

    assert (kept, await numbers(book)) == ([2, 3], [])
    assert await book.rows("SELECT 1 FROM chain_link") == []
    assert await book.rows(EVIDENCE) == [
        ("provision_record", ["chain_link", "trail_checkpoint", "provision_record"], [1, 0, 1], 1),
        ("communication_record", ["chain_link", "trail_checkpoint", "communication_record"], [2, 0, 2], 2),
    ]
    assert await book.findings(DUE) == []


@pytest.mark.requirement("RETAIN-24")
@pytest.mark.usefixtures("stretches")
async def test_what_is_left_verifies_from_the_checkpoint(book: Book) -> None:
    """The first stretches go one by one; the chain goes on behind them, and a row missing there is named."""
    for number in range(1, 5):
        await book.write(call(number))
    await book.chained()
    await book.write(call(5, START + timedelta(days=1)), call(6, START + timedelta(days=1)))
    await book.chained()
    assert await book.swept(DUE) == 4
    clean = await book.findings(DUE)
    await book.write(call(7, DUE))
    await book.chained(DUE)
    later = await book.findings(DUE)
    await book.by_owner("DELETE FROM communication_record WHERE id = '00000000-0000-0000-0000-000000000005'")

    assert await book.rows("SELECT checkpoint FROM erasure_record ORDER BY 1") == [(2,), (4,)]
    assert await book.rows("SELECT min(sequence) FROM trail_checkpoint WHERE trail = 'communication_record'") == [(4,)]
    assert clean == later == []
    found = [each for each in await book.findings(DUE) if each.trail == "communication_record"]
    assert [(each.kind, each.first, each.entry) for each in found] == [(Kind.REMOVED, 5, UUID(int=5))]


@pytest.mark.requirement("AUDIT-8")
@pytest.mark.usefixtures("stretches")
async def test_a_young_entry_keeps_its_stretch(book: Book) -> None:
    """An old entry that shares its stretch with a younger one waits for it: nothing young ever goes."""
    await book.write(call(1), call(2, START + timedelta(days=30)))
    await book.chained()
    assert await book.swept(DUE) == 0
    assert await book.swept(DUE + timedelta(days=31)) == 2


@pytest.mark.requirement("RETAIN-24")
async def test_what_no_checkpoint_covers_is_kept(book: Book) -> None:
    """Neither an entry without a link nor a link behind the last checkpoint goes, however old it is."""
    await book.write(call(1))
    assert await book.swept(DUE) == 0
    await book.chained()
    await book.write(call(2))
    await book.chained()
    assert await book.rows("SELECT count(*) FROM chain_link") == [(2,)]
    assert await book.swept(DUE) == 1
    assert await numbers(book) == [2]
    assert await book.swept(DUE) == 0


async def test_the_chain_goes_on_after_everything_was_erased(book: Book) -> None:
    """A trail that was silent for seven years continues where it was, not from one."""
    await book.write(call(1))
    await book.chained()
    await book.swept(DUE)
    await book.write(call(2, DUE))
    await book.chained(DUE)

    calls = "SELECT sequence FROM chain_link WHERE trail = 'communication_record'"
    assert await book.rows(calls) == [(2,)]
    assert await book.findings(DUE) == []


@pytest.mark.requirement("RETAIN-7")
async def test_the_history_of_erasures_is_kept_for_ever(book: Book) -> None:
    """It is chained like the rest, and no rule names it."""
    await book.write(erasure(1), by=book.eraser)
    await book.chained()
    assert await book.swept(DUE.replace(year=2300)) == 0
    assert await book.rows("SELECT count(*) FROM erasure_record") == [(1,)]
    assert "erasure_record" not in {rule.name for rule in trail_rules()}


@pytest.mark.requirement("AUDIT-8")
async def test_rows_that_were_erased_by_hand_are_found(book: Book) -> None:
    """Whoever holds the eraser's role and leaves no evidence, or erases too early, is found out."""
    await book.write(call(1))
    await book.chained()
    async with book.eraser.begin() as session:
        await session.execute(text("DELETE FROM communication_record"))
        await session.execute(text("DELETE FROM chain_link"))
    (finding,) = await book.findings(DUE)
    assert (finding.kind, finding.first, finding.last) == (Kind.REMOVED, 1, 1)


class Halts(Exception):
    """The eraser dies."""


@pytest.mark.requirement("RETAIN-24")
@pytest.mark.parametrize("after", range(6))
async def test_killed_between_any_two_statements(book: Book, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Wherever the eraser dies, entries, links, checkpoints and evidence are as before."""
    await book.write(call(1))
    await book.chained()
    before = await book.lines()
    left = after

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Halts

    engine = book.eraser.kw["bind"].sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        with pytest.raises(Halts):
            await sweep_once(book.eraser, trail_rules()[1], at=DUE, random=book.entropy)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    assert await book.lines() == before
    assert await book.swept(DUE) == 1


@pytest.mark.requirement("AUDIT-8", "RETAIN-24")
@pytest.mark.parametrize("name", sorted({"number", "juki", "card", "fuhyo", "pki", "issuer"}))
async def test_every_store_erases_its_trail_and_nothing_else_by_it(fresh_databases: FreshDatabases, name: str) -> None:
    """Chained and erased by the roles of that very store, the number file among them."""
    database = next(each for each in DATABASES if each.name == name)
    async with opened_book(fresh_databases([database])[name]) as book:
        await book.write(provision(1), call(2))
        await book.chained()
        early = await book.swept(DUE - A_SECOND)
        assert (early, await book.swept(DUE)) == (0, 2)
        assert await book.findings(DUE) == []


def test_every_eraser_has_the_rules_of_the_trail() -> None:
    """Each store's eraser, and those of the issuer and of the JPKI side, are told of the trail."""
    periods = Periods(mdoc_years=5, event_years=3, diary_years=2, message_days=30)
    told = {**ERASED, "issuer": rules(periods), "pki": PKI_ERASED}
    without = {name for name, all_of_them in told.items() if any(each not in all_of_them for each in trail_rules())}
    assert without == {"fuhyo_tmp"}
