"""The awkward days at which sets end, and which cause decides there (decision D10, Act 18-2 paragraph 9)."""

from datetime import date, datetime, timedelta

import pytest

from issuer.smp.record.causes import CAUSES
from issuer.smp.record.expiry import expire_due
from issuer.smp.record.jpki_events import take_in
from issuer.smp.record.models import LapseRecord, RecordSet
from registry.calendar import end_of_day, start_of_day
from tests.issuer.smp.conftest import Desk, Owned, issued_set
from tests.issuer.smp.record.conftest import Statuses, event
from tests.support.applications import a_holder
from tests.support.attestations import a_phone

BIRTHDAY = date(2026, 5, 2)


async def ending(desk: Desk, until: datetime, *, card: date = date(2035, 5, 2)) -> Owned:
    """A holder whose set in use ends at an instant, with a card of a certain last day."""
    owned = await issued_set(desk, a_holder(seed="boundary", card_valid_until=card), a_phone())
    async with desk.sessions.begin() as session:
        record_set = await session.get_one(RecordSet, owned.set_id)
        record_set.valid_until = until
    return owned


async def expire(desk: Desk, at: datetime) -> int:
    """Let the job run at an instant."""
    desk.clock.at = at
    return await expire_due(desk.sessions, desk.tools, at=at, random=desk.random)


async def causes(desk: Desk) -> dict[str, bool]:
    """The causes on record, and which of them decides."""
    return {row.cause: row.decisive for row in await desk.rows(LapseRecord)}


async def test_a_set_lives_to_the_last_second_of_the_cards_last_day(desk: Desk) -> None:
    """A card that ends on a birthday ends at 24:00 in Tokyo: the set is in force until then and not a second longer."""
    end = end_of_day(BIRTHDAY)
    await ending(desk, end, card=BIRTHDAY)

    assert await expire(desk, end - timedelta(seconds=1)) == 0
    assert await expire(desk, end) == 1


@pytest.mark.requirement("MDOC-45")
async def test_at_the_cards_end_cause_9_1_wins_over_the_end_of_validity(desk: Desk) -> None:
    """Both are on record; 9-1a decides, so nothing is issued without a new application. The set has expired."""
    end = end_of_day(BIRTHDAY)
    await ending(desk, end, card=BIRTHDAY)
    await expire(desk, end)

    assert await causes(desk) == {"9-2": False, "9-1a": True}
    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.status_reason) == ("expired", "9-1a")
    assert not CAUSES[record_set.status_reason].reissued


@pytest.mark.requirement("MDOC-45")
async def test_a_card_that_ends_with_the_stay_ends_the_set_on_any_day(desk: Desk) -> None:
    """The end of a period of stay is no birthday and no end of a month; it decides all the same."""
    last = date(2026, 4, 23)
    await ending(desk, end_of_day(last), card=last)
    await expire(desk, end_of_day(last))

    assert await causes(desk) == {"9-2": False, "9-1a": True}


async def test_a_birthday_before_the_cards_end_is_no_end_of_the_card(desk: Desk) -> None:
    """At 00:00 of the birthday on whose 24:00 the card ends, only the birthday ends the set: a new one follows."""
    await ending(desk, start_of_day(BIRTHDAY), card=BIRTHDAY)
    await expire(desk, start_of_day(BIRTHDAY))

    assert await causes(desk) == {"9-2": True, "9-5ii": False}


async def test_a_certificate_that_expires_that_night_ends_the_set_by_9_1b(desk: Desk, statuses: Statuses) -> None:
    """The certificate ends at 24:00 of the birthday, the set a month later: dead by 9-1b, INVALID, nothing follows."""
    owned = await ending(desk, end_of_day(date(2026, 6, 1)))
    desk.clock.at = end_of_day(BIRTHDAY)
    await desk.step(take_in, event(owned.holder.serial, "revoked", "expired", desk=desk), desk.tools)

    (record_set,) = await desk.rows(RecordSet)
    assert await causes(desk) == {"9-1b": True}
    assert (record_set.mdoc_status, await statuses(owned.set_id)) == ("revoked", {1})
    assert not CAUSES["9-1b"].reissued


async def test_certificate_card_and_validity_on_one_instant_are_all_recorded(desk: Desk) -> None:
    """Card and certificate end with the set, and JPKI is faster than the job: three causes, 9-1 decides."""
    end = end_of_day(BIRTHDAY)
    owned = await ending(desk, end, card=BIRTHDAY)
    desk.clock.at = end
    await desk.step(take_in, event(owned.holder.serial, "revoked", "expired", desk=desk), desk.tools)

    assert await causes(desk) == {"9-1b": True, "9-1a": False, "9-2": False}
    assert {row.effective_at for row in await desk.rows(LapseRecord)} == {end}
    assert await expire(desk, end) == 0


async def test_a_revocation_after_the_end_finds_a_set_that_ended_by_itself(desk: Desk) -> None:
    """JPKI tells of a revocation a minute after midnight, the job was late: the set ended by 9-2, at midnight."""
    owned = await ending(desk, end_of_day(date(2026, 5, 20)))
    desk.clock.at = end_of_day(date(2026, 5, 20)) + timedelta(minutes=1)
    await desk.step(take_in, event(owned.holder.serial, "revoked", "move_within", desk=desk), desk.tools)

    assert await causes(desk) == {"9-2": True}
    (record,) = await desk.rows(LapseRecord)
    assert record.effective_at == end_of_day(date(2026, 5, 20))


@pytest.mark.parametrize("reason", ["death", "deletion_ex_officio", "number_change_request"])
async def test_what_ends_the_card_as_well_is_recorded_as_9_1a_too(desk: Desk, owned: Owned, reason: str) -> None:
    """Death, deletion and a change of number take effect from card and certificate on one instant (Act 17(10))."""
    await desk.step(take_in, event(owned.holder.serial, "revoked", reason, desk=desk), desk.tools)

    assert await causes(desk) == {"9-1b": True, "9-1a": False}
