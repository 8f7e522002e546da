"""The daily run, and the end of records by a move."""

import pytest
from sqlalchemy import select

from issuer.provisioning.models import Renewal
from issuer.smp.record.models import LapseRecord, Notice, RecordSet
from registry.calendar import end_of_day, legal_day
from tegata.demo.issue import NotIssued, apply_with_card, current_set, fetch_records
from tegata.demo.lapse import move, move_and_lapse
from tegata.demo.present import present, status_now
from tegata.demo.renew import collect_renewals, run_daily
from tegata.demo.stage import Holder, Stage
from tests.support.services import Joined
from wallet_sim.phone.choice import PresentationRefused


@pytest.mark.people(3)
@pytest.mark.requirement("MDOC-44", "MDOC-45", "MDOC-46", "MDOC-48")
async def test_the_daily_run(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """What ends with a birthday goes on without the holder; what ends with the card is left alone, with the reason."""
    birthday, leaving, other = holders

    report = await run_daily(stage)
    renewed = await collect_renewals(stage, [birthday, leaving, other], 1)

    assert (report.renewed, report.skipped, renewed) == (1, {"card_end": 1}, [birthday])
    assert birthday.vault is not None
    old, new = birthday.vault.state.sets
    assert new.valid_from == old.valid_until
    house.clock.at = new.valid_from
    house.clock.advance(seconds=1)
    await house.settle()
    assert (await present(stage, birthday)).verdict.status == "VALID"


@pytest.mark.people(2)
@pytest.mark.usefixtures("holders")
@pytest.mark.requirement("MDOC-43", "MDOC-47", "MDOC-49", "MDOC-50")
async def test_a_run_twice_is_one_run(house: Joined, stage: Stage) -> None:
    """The same day again renews nothing more, and every decision stands in the diary with its reason."""
    first, second = await run_daily(stage), await run_daily(stage)

    async with house.sessions["issuer"]() as session:
        diary = sorted((row.state, row.reason or "") for row in await session.scalars(select(Renewal)))
        sets = len(list(await session.scalars(select(RecordSet))))
    assert (first.renewed, second.renewed, second.state) == (1, 1, "done")
    assert diary == [("done", ""), ("skipped", "card_end")]
    assert sets == 3


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-23", "MDOC-44", "MDOC-48")
async def test_a_phone_whose_keys_have_all_been_seen(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """A new relying party sees nothing; the phone brings fresh keys and shows that party records for those."""
    holder = holders[0]
    assert holder.vault is not None
    state = holder.vault.state
    old = {record.point for record in state.sets[0].records}
    for point in old:
        state.show(point, "somebody else")
    with pytest.raises(PresentationRefused, match="no_unused_record"):
        await present(stage, holder)
    await house.settle()
    await stage.wallet(holder).collect()

    assert (await present(stage, holder)).verdict.status == "VALID"
    assert [each.status for each in state.sets] == ["revoked", "active"]
    assert not old & {record.point for record in state.sets[1].records}


@pytest.mark.people(3)
@pytest.mark.requirement("MDOC-35", "MDOC-37", "MDOC-38", "MDOC-41")
async def test_a_move_ends_the_records(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """Municipality, prefecture, juki, JPKI, SMP: INVALID with cause 9-1b, told to phone and municipality."""
    holder = holders[2]

    told = await move_and_lapse(stage, holder)

    assert (told.status, told.phone, told.municipality_cause) == ("INVALID", "revoked", "9-1b")
    async with house.sessions["issuer"]() as session:
        (lapse,) = await session.scalars(select(LapseRecord))
        (notice,) = await session.scalars(select(Notice))
    assert (lapse.cause, lapse.decisive, notice.kind) == ("9-1b", True, "lapsed")
    assert notice.confirmed_at is not None
    with pytest.raises(PresentationRefused):
        await present(stage, holder)
    with pytest.raises(NotIssued, match="certificate_revoked"):
        await fetch_records(stage, holder, await apply_with_card(stage, holder))


@pytest.mark.people(3)
@pytest.mark.requirement("MDOC-40", "MDOC-41", "MDOC-42")
async def test_the_notice_is_repeated_until_the_phone_confirms(
    house: Joined, stage: Stage, holders: list[Holder]
) -> None:
    """A phone that is switched off hears later, as often as it takes; the server's state counts from the start."""
    holder = holders[2]
    await move(stage, holder)
    await house.settle()
    for _ in range(3):
        house.clock.advance(hours=1, seconds=1)
        await house.settle()

    async with house.sessions["issuer"]() as session:
        (notice,) = await session.scalars(select(Notice))
    assert notice.confirmed_at is None
    assert notice.times_sent >= 3
    assert await status_now(stage, holder) == "INVALID"

    await stage.wallet(holder).collect()
    house.clock.advance(hours=2)
    await house.settle()
    async with house.sessions["issuer"]() as session:
        (after,) = await session.scalars(select(Notice))
    assert after.confirmed_at is not None
    assert after.times_sent == notice.times_sent


@pytest.mark.people(2)
@pytest.mark.requirement("MDOC-44", "MDOC-24")
async def test_records_end_with_the_card(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """Who leaves the country at the end of the stay holds records that end with that day, 24:00 in Japan."""
    leaving = holders[1]

    found = current_set(leaving)

    assert found is not None
    assert leaving.resident.stay_until is not None
    assert found.valid_until == end_of_day(leaving.resident.stay_until)
    assert legal_day(found.valid_until) > leaving.resident.stay_until
