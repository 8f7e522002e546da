"""Presentation, suspension by telephone and from another device, release with the card."""

import pytest
from sqlalchemy import func, select

from issuer.smp.record.models import LapseRecord, RecordSet
from registry.messages.smp import JpkiEvent
from tegata.demo.present import meet, present, status_now
from tegata.demo.stage import Holder, Stage
from tegata.demo.suspend import CHECK, suspend_and_release, with_card
from tests.journeys.conftest import refusals
from tests.support.services import Joined
from wallet_sim.answers import Refused
from wallet_sim.chance import new_id
from wallet_sim.phone.choice import PresentationRefused


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-51", "MDOC-53", "MDOC-56", "MDOC-57")
async def test_a_lost_phone_is_suspended_and_released(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """VALID; after the call SUSPENDED without a certificate changing; a proper phone refuses; VALID with the card."""
    (holder,) = holders
    presented = await present(stage, holder)
    assert presented.verdict.status == "VALID"
    assert set(presented.verdict.elements["org.iso.23220.1"]) == {"age_over_20", "birth_date"}

    told = await suspend_and_release(stage, holder)

    assert (told.after_report, told.proper_phone, told.after_release) == ("SUSPENDED", "suspended", "VALID")
    view = await stage.call_centre().look_up(holder.resident.four_items, CHECK)
    assert (view.card_operation_status, view.signing_certificate_state) == ("in_use", "good")


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-52", "MDOC-54", "MDOC-55", "MDOC-57")
async def test_the_holder_reports_from_another_device(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """The card says who reports; the phone obeys the command; release works once and not twice."""
    (holder,) = holders

    await with_card(stage, holder, "lost")
    await house.settle()
    await stage.wallet(holder).collect()
    record_set = holder.vault.state.sets[0] if holder.vault else None
    assert record_set is not None
    assert record_set.status == "suspended"
    assert await status_now(stage, holder) == "SUSPENDED"
    with pytest.raises(PresentationRefused, match="suspended"):
        await meet(stage, holder)

    await with_card(stage, holder, "release")
    with pytest.raises(Refused, match="record_not_suspended"):
        await with_card(stage, holder, "release")
    await house.settle()
    assert await status_now(stage, holder) == "VALID"


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-51", "LINK-1", "MDOC-59", "MDOC-53")
async def test_the_call_centre_never_reaches_smp(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """A direct call is refused and recorded; the record stays as it was."""
    (holder,) = holders
    message = JpkiEvent(
        event_id=new_id(house.entropy),
        signing_certificate_serial="01",
        kind="suspension_requested",
        cause="lost",
        occurred_at=house.clock(),
    )

    with pytest.raises(Refused, match="not_permitted"):
        await stage.line("call-centre").send("issuer.jpki_event", message, JpkiEvent)

    assert (await refusals(house, "issuer"))["not_permitted"] == 1
    assert await status_now(stage, holder) == "VALID"


@pytest.mark.people(1)
@pytest.mark.requirement("CARD-24", "CARD-25", "MDOC-59")
async def test_a_lost_card_is_another_affair(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """Card suspended and certificates held: the records keep their state, and neither release nor lapse happens."""
    (holder,) = holders
    await with_card(stage, holder, "lost")
    centre = stage.call_centre()
    view = await centre.look_up(holder.resident.four_items, CHECK)
    await centre.suspend_card(view.card_issue_number, "lost", CHECK)
    await centre.hold_certificates(view.signing_certificate_serial, "lost", CHECK)
    await house.settle()

    with pytest.raises(Refused, match="certificate_on_hold"):
        await with_card(stage, holder, "release")
    assert await status_now(stage, holder) == "SUSPENDED"
    folder = stage.state / "parties" / "municipal-cs" / holder.resident.municipality_code
    assert len(list(folder.glob("CardSuspendedNotice-*.json"))) == 1
    async with house.sessions["issuer"]() as session:
        assert list(await session.scalars(select(RecordSet.mdoc_status))) == ["suspended"]
        assert await session.scalar(select(func.count()).select_from(LapseRecord)) == 0
