"""What a certificate on hold stands in the way of, and records that their holder gives up."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.smp.record.models import LapseRecord
from tegata.demo.issue import NotIssued, apply_with_card, buy_phone, current_set, fetch_records, issue_all
from tegata.demo.lapse import read_notices
from tegata.demo.present import MISBEHAVING, meet, present, status_now
from tegata.demo.renew import run_daily
from tegata.demo.stage import Holder, Stage
from tegata.demo.suspend import CHECK, with_card
from tests.journeys.conftest import refusals
from tests.support.services import Joined
from wallet_sim.answers import Refused
from wallet_sim.relying_party.verify_call import verify


async def lose_card(house: Joined, stage: Stage, holder: Holder) -> str:
    """Have a card suspended and its certificates put on hold by telephone; return the serial."""
    centre = stage.call_centre()
    view = await centre.look_up(holder.resident.four_items, CHECK)
    await centre.suspend_card(view.card_issue_number, "lost", CHECK)
    await centre.hold_certificates(view.signing_certificate_serial, "lost", CHECK)
    await house.settle()
    return view.signing_certificate_serial


@pytest.mark.people(1, records=False)
@pytest.mark.requirement("MDOC-12", "MDOC-16", "CARD-25")
async def test_no_application_on_hold(house: Joined, stage: Stage, holders: list[Holder], tmp_path: Path) -> None:
    """While the certificate is on hold an application is rejected for that reason, recorded, and nothing is issued."""
    (holder,) = holders
    buy_phone(stage, holder, tmp_path / "phones")
    await lose_card(house, stage, holder)

    with pytest.raises(NotIssued, match="certificate_on_hold"):
        await fetch_records(stage, holder, await apply_with_card(stage, holder))

    assert (await refusals(house, "issuer"))["certificate_on_hold"] == 1
    assert current_set(holder) is None


@pytest.mark.people(1, records=False)
@pytest.mark.requirement("MDOC-49", "MDOC-57", "MDOC-59", "CARD-26")
async def test_no_renewal_and_no_release_on_hold(
    house: Joined, stage: Stage, holders: list[Holder], tmp_path: Path
) -> None:
    """On hold the records keep their state, are not renewed and not released; when the hold is lifted they can be."""
    (holder,) = holders  # a birthday within days: the daily run would renew
    await issue_all(stage, [holder], tmp_path / "phones", lambda _: None)
    serial = await lose_card(house, stage, holder)
    assert await status_now(stage, holder) == "VALID"

    report = await run_daily(stage)
    assert (report.renewed, report.skipped) == (0, {"certificate_on_hold": 1})

    await stage.call_centre().suspend_phone(serial, "lost", CHECK)
    await house.settle()
    with pytest.raises(Refused, match="certificate_on_hold"):
        await with_card(stage, holder, "release")
    await house.settle()
    assert await status_now(stage, holder) == "SUSPENDED"
    assert (await refusals(house, "issuer"))["certificate_on_hold"] == 2  # the renewal and the release

    await stage.municipality(holder.resident).counter_step(holder.card_issue_number, "lift_suspension")
    await house.settle()
    await with_card(stage, holder, "release")
    await house.settle()
    assert await status_now(stage, holder) == "VALID"


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-33", "MDOC-34", "MDOC-38", "MDOC-42")
async def test_the_holder_gives_up_the_records(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """From the phone: INVALID at once, cause 9-5iii, final; the card is untouched and gets new records on request."""
    (holder,) = holders
    wallet, set_id = stage.wallet(holder), _set_id(holder)
    shown = await meet(stage, holder, MISBEHAVING)

    await wallet.revoke(set_id)
    with pytest.raises(Refused, match="record_lapsed"):
        await wallet.revoke(set_id)
    await house.settle()

    (verdict,) = await verify(stage.network.public(), shown)
    assert verdict.status == "INVALID"
    assert current_set(holder) is None
    assert (await refusals(house, "issuer"))["record_lapsed"] == 1
    assert await _causes(house) == ["9-5iii"]
    told = read_notices(stage.state, holder.resident.municipality_code)
    assert [notice.cause for notice in told if notice.event == "lapsed"] == ["9-5iii"]

    await fetch_records(stage, holder, await apply_with_card(stage, holder))
    assert (await present(stage, holder)).verdict.status == "VALID"


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-34", "MDOC-40", "MDOC-41", "MDOC-57")
async def test_the_holder_revokes_without_the_phone(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """With the card from another device: INVALID, the phone learns it by letter, and nothing is released afterwards."""
    (holder,) = holders
    shown = await meet(stage, holder, MISBEHAVING)

    await with_card(stage, holder, "revoke")
    await house.settle()

    (verdict,) = await verify(stage.network.public(), shown)
    assert verdict.status == "INVALID"
    await stage.wallet(holder).collect()
    assert holder.vault is not None
    assert [(each.status, each.records) for each in holder.vault.state.sets] == [("revoked", [])]
    with pytest.raises(Refused, match="record_lapsed"):
        await with_card(stage, holder, "release")
    assert (await refusals(house, "issuer"))["record_lapsed"] == 1


def _set_id(holder: Holder) -> UUID:
    found = current_set(holder)
    assert found is not None
    return found.set_id


async def _causes(house: Joined) -> list[str]:
    async with house.sessions["issuer"]() as session:
        return list(await session.scalars(select(LapseRecord.cause)))
