"""Why a set was renewed, or was not."""

from datetime import timedelta
from uuid import UUID

import pytest

from issuer.errors import IssuerError
from issuer.provisioning.explain import explain
from registry.calendar import legal_day
from registry.messages.smp import FindRecord, RenewalsExplained
from registry.trail.models import ProvisionRecord
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import near_the_end, run, sets, suspended_by_holder


async def why(inside: Inside) -> RenewalsExplained:
    """Ask by the certificate's serial, as an operator does."""
    question = FindRecord(request_id=UUID(int=1), signing_certificate_serial=inside.holder.serial)
    answer = await inside.desk.step(explain, question, inside.provisioning)
    assert isinstance(answer, RenewalsExplained)
    return answer


@pytest.mark.requirement("MDOC-45", "MDOC-28")
async def test_a_set_that_is_not_due_yet(owned: Inside) -> None:
    """No day has taken it up, nothing stands in the way, and it is told from when on a run takes it up."""
    (record_set,) = await sets(owned)
    answer = await why(owned)
    assert (answer.days, answer.hindrance, answer.mdoc_status) == ([], None, "active")
    assert answer.due_from == record_set.valid_until - owned.provisioning.lead
    (look,) = [row for row in await owned.desk.rows(ProvisionRecord) if row.reason == "enquiry"]
    assert look.fields == ["mdoc_status"]


@pytest.mark.requirement("MDOC-49", "MDOC-58")
async def test_a_skipped_set_with_its_reason(owned: Inside) -> None:
    """The day that skipped it, the reason it wrote down, and what stands in the way now."""
    (record_set,) = await sets(owned)
    await suspended_by_holder(owned, record_set)
    at = await near_the_end(owned)
    await run(owned)
    (day,) = (await why(owned)).days
    assert (day.day, day.set_id, day.state, day.reason) == (legal_day(at), record_set.mdoc_id, "skipped", "suspended")
    assert (await why(owned)).hindrance == "suspended"


async def test_a_renewed_set(owned: Inside) -> None:
    """The old set's day is done; the newest set waits for the phone."""
    await near_the_end(owned)
    await run(owned)
    owned.desk.clock.at += timedelta(seconds=1)
    answer = await why(owned)
    assert [day.state for day in answer.days] == ["done"]
    assert (answer.mdoc_status, answer.hindrance) == ("issued", "unconfirmed")


@pytest.mark.requirement("MDOC-28")
async def test_an_unknown_application(owned: Inside) -> None:
    """Neither key, and a key of nobody, are refused alike."""
    for question in (
        FindRecord(request_id=UUID(int=1)),
        FindRecord(request_id=UUID(int=1), application_id=UUID(int=9)),
    ):
        with pytest.raises(IssuerError, match="application_unknown"):
            await owned.desk.step(explain, question, owned.provisioning)
