from datetime import date, timedelta

import pytest

from registry.juki.history import on_file, true_on, versions
from tests.registry.juki.town import Town, items

MOVED = items(address="東京都千代田区永田町1丁目7番1号")


@pytest.mark.requirement("JUKI-10")
async def test_what_was_on_file_and_what_was_true(town: Town) -> None:
    """A move of 5 April that is notified on 12 April: the file learns it on the 12th, and it was true from the 5th."""
    first = town.juki.clock()
    await town.say()
    second = town.juki.clock.advance(days=2)
    await town.say(reason="move_within", items=MOVED, change_date=date(2026, 4, 5))
    person = (await town.versions())[0].person_id
    async with town.juki.parts.sessions() as session:
        stood = [await on_file(session, person, at) for at in (first - timedelta(1), first, second)]
        assert [row and row.address for row in stood] == [None, items().address, MOVED.address]
        days = (date(2026, 3, 31), date(2026, 4, 4), date(2026, 4, 5))
        true = [await true_on(session, person, day, known_at=second) for day in days]
        assert [row and row.address for row in true] == [None, items().address, MOVED.address]
        unknown_yet = await true_on(session, person, date(2026, 4, 5), known_at=first)
        assert unknown_yet is not None
        assert unknown_yet.address == items().address
        assert [row.update_sequence_number for row in await versions(session, person)] == [1, 2]
