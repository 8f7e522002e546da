"""An operator ends records that are wrong or missing (cause 9-4)."""

from uuid import UUID

import pytest

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.record.causes import CAUSES
from issuer.smp.record.models import LapseRecord, RecordSet
from issuer.smp.record.wrong_record import end_wrong_records
from registry.messages.smp import WrongRecord
from tests.issuer.smp.conftest import Desk, Owned
from tests.issuer.smp.record.conftest import Letters, Sent, Statuses


@pytest.mark.requirement("MDOC-28", "MDOC-38", "MDOC-41")
async def test_a_wrong_record_ends_the_set(
    desk: Desk, owned: Owned, statuses: Statuses, letters: Letters, sent: Sent
) -> None:
    """Found by the application: every record INVALID, phone and municipality told, nothing issued by itself."""
    message = WrongRecord(request_id=UUID(int=1), finding="wrong_item", application_id=owned.application_id)
    answer = await desk.step(end_wrong_records, message, desk.tools)

    assert (answer.set_ids, answer.cause) == ([owned.set_id], "9-4")
    assert await statuses(owned.set_id) == {1}
    (lapse,) = await desk.rows(LapseRecord)
    assert (lapse.cause, lapse.trigger, lapse.decisive) == ("9-4", "wrong_item", True)
    assert not CAUSES[lapse.cause].reissued
    (affair,) = await desk.rows(Application, application_type="revoke")
    assert (affair.request_reason_code, affair.application_status) == ("wrong_item", "waiting_device")
    assert [each["kind"] for each in await letters(owned.phone) if each["type"] == "notice"] == ["lapsed"]
    assert [(each["event"], each["cause"]) for each in await sent("municipal-cs.mdoc_notice")] == [("lapsed", "9-4")]


@pytest.mark.requirement("MDOC-28", "MDOC-42")
async def test_unknown_keys_and_ended_records_are_refused(desk: Desk, owned: Owned) -> None:
    """Neither key, a stranger's key, and a second time: refused, and one lapse remains."""
    found = WrongRecord(request_id=UUID(int=1), finding="wrong_person", signing_certificate_serial=owned.holder.serial)
    cases = [
        (WrongRecord(request_id=UUID(int=2), finding="wrong_item"), Code.APPLICATION_UNKNOWN),
        (
            WrongRecord(request_id=UUID(int=3), finding="wrong_item", application_id=UUID(int=9)),
            Code.APPLICATION_UNKNOWN,
        ),
        (found, Code.RECORD_LAPSED),
    ]
    await desk.step(end_wrong_records, found, desk.tools)
    for message, code in cases:
        with pytest.raises(IssuerError, match=code):
            await desk.step(end_wrong_records, message, desk.tools)
    assert [row.mdoc_status for row in await desk.rows(RecordSet)] == ["revoked"]
    assert len(await desk.rows(LapseRecord)) == 1
