"""From residents to records on phones, over HTTP only."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from issuer.authority.models import Issuance
from issuer.smp.application.models import Application
from issuer.smp.record.models import IssuedRecord, RecordSet
from mdoc.verify import verify_issuer_signed
from registry.messages.smp import MunicipalityNotice
from registry.outbox.models import OutboxMessage
from registry.trail.models import ProvisionRecord
from tegata.demo.issue import apply_with_card, buy_phone, current_set, fetch_records
from tegata.demo.lapse import read_notices
from tegata.demo.stage import Holder, Stage
from tests.journeys.conftest import refusals
from tests.support.services import Joined
from wallet_sim.answers import Refused
from wallet_sim.phone.application import send


@pytest.mark.people(2)
@pytest.mark.requirement("MDOC-3", "MDOC-15", "MDOC-16", "MDOC-25")
async def test_records_reach_the_phones(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """Each application ends completed with ten records under keys of their own, and nothing is left to send."""
    house.clock.advance(minutes=10)
    await house.settle()

    sets = [current_set(holder) for holder in holders]
    assert [len(found.records) for found in sets if found] == [10, 10]
    async with house.sessions["issuer"]() as session:
        states = set(await session.scalars(select(Application.application_status)))
        statuses = set(await session.scalars(select(RecordSet.mdoc_status)))
        places = [(r.status_list_id, r.status_idx) for r in await session.scalars(select(IssuedRecord))]
        released = await session.scalar(select(func.count()).where(Issuance.state == "released"))
        left = await session.scalar(select(func.count()).where(OutboxMessage.acknowledged_at.is_(None)))
    assert (states, statuses, released, left) == ({"completed"}, {"active"}, 2, 0)
    assert len(places) == len(set(places)) == 20


@pytest.mark.people(1)
@pytest.mark.requirement("MDOC-21", "MDOC-1", "MDOC-20")
async def test_the_record_says_what_the_card_says(house: Joined, stage: Stage, holders: list[Holder]) -> None:
    """The six items of the card stand in the record, derived ones are true at its beginning, nothing else is there."""
    (holder,) = holders
    record_set = current_set(holder)
    assert record_set is not None

    record = verify_issuer_signed(record_set.records[0].issuer_signed, trust=stage.trust, at=house.clock())

    domestic = record.elements["org.iso.23220.1.jp"]
    resident = holder.resident
    assert domestic["individual_number_unicode"] == holder.number
    assert domestic["portrait"] == resident.portrait
    assert domestic["local_gov_code_unicode"] == resident.municipality_code[:5]
    assert record.elements["org.iso.23220.1"]["birth_date"] == resident.birth_date
    assert len(domestic) == 7


@pytest.mark.people(1)
@pytest.mark.requirement("AUDIT-16", "MDOC-27")
async def test_every_step_is_recorded_and_the_municipality_is_told(
    house: Joined, stage: Stage, holders: list[Holder]
) -> None:
    """The trail of the issuer names the acts; the municipality hears "issued" with the card's number and no item."""
    (holder,) = holders
    await house.settle()

    async with house.sessions["issuer"]() as session:
        acts = set(
            await session.scalars(select(ProvisionRecord.operation).where(ProvisionRecord.outcome == "provided"))
        )
    notices: list[MunicipalityNotice] = read_notices(stage.state, holder.resident.municipality_code)
    assert {"issuer.confirm_bundle", "issuer.verify_application"} <= acts
    assert [(n.event, n.card_issue_number) for n in notices] == [("issued", holder.card_issue_number)]


@pytest.mark.people(1, records=False)
@pytest.mark.requirement("MDOC-3", "MDOC-31")
async def test_the_same_message_again(house: Joined, stage: Stage, holders: list[Holder], tmp_path: Path) -> None:
    """While an application is open the same message is the same application; once it has ended, it is a replay."""
    (holder,) = holders
    vault = buy_phone(stage, holder, tmp_path / "phones")
    enrolment = await apply_with_card(stage, holder)
    first = enrolment.application_id

    again = await send(vault, stage.network.public(), enrolment)
    assert again.application_id == first
    await fetch_records(stage, holder, enrolment)

    with pytest.raises(Refused, match="application_replayed"):
        await send(vault, stage.network.public(), enrolment)
    assert (await refusals(house, "issuer"))["application_replayed"] == 1
