"""A trail read from its store: in pages, in one snapshot, with what has no link."""

from datetime import timedelta
from uuid import UUID

import pytest

from registry.retention.trail import TRAILS
from registry.trail import chain as chaining
from registry.trail import export as exporting
from registry.trail.export import read_trails
from registry.trail.lines import Begin, Link, Unlinked, as_text
from registry.trail.models import CommunicationRecord
from registry.trail.verify import Kind
from tests.registry.trail.book import STORE, Book, call, provision, verified
from tests.registry.trail.straight import TRAIL
from tests.support.clock import START
from tests.support.database import opened


@pytest.mark.parametrize("page", [1, 2, 3, 7, 100])
async def test_whatever_the_pages_the_lines_are_the_same(
    book: Book, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    """Links in order, each checkpoint behind its link, at the end what waits for its link."""
    monkeypatch.setattr(chaining, "BATCH", 2)
    monkeypatch.setattr(chaining, "COVERED", 2)
    await book.write(*(call(number) for number in range(1, 8)))
    await book.chained()
    await book.write(call(8))
    monkeypatch.setattr(exporting, "PAGE", page)
    lines = await book.lines()

    calls = [line for line in lines if getattr(line, "trail", None) == "communication_record" or hasattr(line, "said")]
    kinds = "".join(type(line).__name__[0] for line in calls)
    assert kinds == "BLLCLLCLLCLUE"
    assert verified(lines) == []


@pytest.mark.requirement("AUDIT-20")
async def test_what_happens_meanwhile_is_not_seen_half(book: Book) -> None:
    """The reading goes on in the snapshot in which it began, whatever worker and service add."""
    await book.write(call(1))
    await book.chained()
    async with book.app.begin() as session:
        reading = read_trails(session, STORE, TRAILS, START)
        lines = [await anext(reading)]
        await book.write(call(2), provision(3))
        await book.chained(START + timedelta(hours=1))
        lines += [line async for line in reading]

    assert [line.sequence for line in lines if isinstance(line, Link)] == [1]
    assert verified(lines) == []


async def test_whoever_only_checks_can_read_it(book: Book) -> None:
    """The read-only role is enough, and its reading ends with each trail's end."""
    await book.write(call(1))
    await book.chained()
    async with opened(book.urls.check) as reader, reader.begin() as session:
        lines = [line async for line in read_trails(session, STORE, TRAILS, START)]
    assert [line.trail for line in lines if isinstance(line, Begin)] == [table.name for table in TRAILS]
    assert verified(lines) == []


@pytest.mark.requirement("AUDIT-20")
async def test_an_entry_that_no_link_names_is_told(book: Book) -> None:
    """Written after the chain went over it, or slipped in between: the reading holds every entry there is."""
    await book.write(call(5), call(6))
    await book.chained()
    await book.write(call(7))
    await book.by_owner("DELETE FROM chain_link WHERE entry = '00000000-0000-0000-0000-000000000005'")
    unlinked = [line.entry.int for line in await book.lines() if isinstance(line, Unlinked)]
    assert sorted(unlinked) == [5, 7]


@pytest.mark.requirement("AUDIT-20")
async def test_an_export_holds_no_personal_data(book: Book) -> None:
    """Of the person only the keyed digest: an export has the columns of the trail and no other ones."""
    await book.write(provision(1), call(2))
    await book.chained()
    text = b"".join([as_text(line) for line in await book.lines()])
    said = [line.said for line in await book.lines() if isinstance(line, Link)]
    columns = {name for each in said if each for name in each}
    assert columns <= {column.name for table in TRAILS for column in table.columns}
    assert b'"subject":"' in text


def test_the_trail_has_no_column_for_a_person() -> None:
    """Names, numbers and codes have nowhere to stand."""
    columns = {column.name for column in CommunicationRecord.__table__.columns}
    assert columns.isdisjoint({"name", "number", "address", "individual_number", "resident_record_code"})


TAMPERED = {
    "UPDATE communication_record SET outcome = 'x' WHERE id = '{id}'": Kind.ALTERED,
    "UPDATE communication_record SET peer = 'x' WHERE id = '{id}'": Kind.ALTERED,
    "DELETE FROM communication_record WHERE id = '{id}'": Kind.REMOVED,
    "DELETE FROM chain_link WHERE entry = '{id}'": Kind.REMOVED,
    "UPDATE chain_link SET digest = sha256('x') WHERE entry = '{id}'": Kind.ALTERED,
    "UPDATE chain_link SET previous = sha256('x') WHERE entry = '{id}'": Kind.ALTERED,
    "UPDATE chain_link SET sequence = 77 WHERE entry = '{id}'": Kind.REMOVED,
    "INSERT INTO communication_record (id, at, direction, system, outcome, written)"
    " SELECT '{id}'::uuid, at, 'in', 'x', 'x', written FROM communication_record LIMIT 1": Kind.INSERTED,
}


@pytest.mark.requirement("AUDIT-20")
@pytest.mark.parametrize("statement", TAMPERED)
async def test_what_is_done_to_the_tables_is_named(book: Book, statement: str) -> None:
    """Somebody who owns the database holds back the triggers and changes one row: that row is named."""
    await book.write(*(call(number) for number in range(1, 6)))
    await book.write(provision(1))
    await book.chained()
    clean = await book.findings()
    # A new id sorts before those that the same transaction wrote.
    named = UUID(int=0 if statement.startswith("INSERT") else 3)
    await book.by_owner(statement.format(id=named))
    findings = await book.findings()

    assert clean == []
    kind = TAMPERED[statement]
    assert any(each.kind is kind and (each.entry == named or each.first == 3) for each in findings)
    assert {each.trail for each in findings} == {TRAIL}
