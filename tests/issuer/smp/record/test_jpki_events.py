"""Events of JPKI about signing certificates (E-37)."""

import msgspec
import pytest

from issuer.errors import Code, IssuerError
from issuer.smp.application.models import Application
from issuer.smp.record.jpki_events import take_in
from issuer.smp.record.models import JpkiEventRecord, LapseRecord, Notice, RecordSet
from registry.messages.smp import JpkiEvent
from registry.trail.models import ProvisionRecord
from tests.issuer.smp.conftest import Desk, Owned, enter_set, issued_set
from tests.issuer.smp.record.conftest import Letters, Sent, Statuses, event
from tests.support.applications import Holder, a_card_message, a_holder, an_application
from tests.support.attestations import a_phone


@pytest.mark.requirement("MDOC-35", "MDOC-37", "MDOC-38", "MDOC-39")
async def test_a_revoked_certificate_ends_the_records(desk: Desk, owned: Owned, statuses: Statuses) -> None:
    """A move reported by JPKI: every record INVALID, cause 9-1b with the reason kept, and nothing edited in place."""
    (before,) = await desk.rows(RecordSet)
    await desk.step(take_in, event(owned.holder.serial, "revoked", "move_within", desk=desk), desk.tools)

    (after,) = await desk.rows(RecordSet)
    assert (after.mdoc_status, after.status_reason) == ("revoked", "9-1b")
    assert after.four_info == before.four_info
    assert await statuses(owned.set_id) == {1}
    (lapse,) = await desk.rows(LapseRecord)
    assert (lapse.cause, lapse.trigger, lapse.decisive) == ("9-1b", "move_within", True)
    (affair,) = await desk.rows(Application, application_type="revoke")
    assert (affair.application_status, affair.request_reason_code) == ("waiting_device", "move_within")


@pytest.mark.requirement("MDOC-40", "MDOC-41", "AUDIT-16")
async def test_a_lapse_is_told_to_phone_and_municipality(
    desk: Desk, owned: Owned, letters: Letters, sent: Sent
) -> None:
    """The phone gets a notice and a command, the municipality a notice without number; the trail has the step."""
    await desk.step(take_in, event(owned.holder.serial, "revoked", "death", desk=desk), desk.tools)

    found = {letter["type"]: letter for letter in await letters(owned.phone)}
    assert (found["notice"]["kind"], found["notice"]["cause"]) == ("lapsed", "9-1b")
    assert (found["command"]["command"], found["command"]["set_id"]) == ("delete", str(owned.set_id))
    (told,) = await sent("municipal-cs.mdoc_notice")
    assert (told["event"], told["cause"], told["municipality_code"]) == ("lapsed", "9-1b", "131016")
    everything = msgspec.json.encode([found, told])
    assert owned.holder.items.individual_number.encode() not in everything
    assert owned.holder.items.name.encode() not in everything
    assert [row.reason for row in await desk.rows(ProvisionRecord) if row.reason == "revoked:9-1b"]


@pytest.mark.requirement("MDOC-51", "MDOC-53", "MDOC-54", "MDOC-55")
async def test_a_telephone_report_suspends_through_jpki(
    desk: Desk, owned: Owned, statuses: Statuses, letters: Letters
) -> None:
    """The set is suspended in the same act, every record SUSPENDED, the phone commanded; no lapse is recorded."""
    await desk.step(take_in, event(owned.holder.serial, "suspension_requested", "lost", desk=desk), desk.tools)

    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "suspended"
    assert await statuses(owned.set_id) == {2}
    assert [letter["command"] for letter in await letters(owned.phone)] == ["suspend"]
    (affair,) = await desk.rows(Application, application_type="suspend")
    assert record_set.suspended_by == affair.application_id
    assert await desk.rows(LapseRecord) == []


@pytest.mark.requirement("MDOC-51")
def test_an_event_has_no_place_for_a_number() -> None:
    """A message with a number, or any other member, is refused before anybody reads it."""
    body = {
        "event_id": "00000000-0000-4000-8000-000000000001",
        "signing_certificate_serial": "ab",
        "kind": "suspension_requested",
        "cause": "lost",
        "occurred_at": "2026-04-10T01:00:00Z",
        "individual_number": "123456789018",
    }
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(body), type=JpkiEvent)


@pytest.mark.parametrize("kind", ["revoked", "held", "released", "suspension_requested"])
@pytest.mark.requirement("MDOC-35")
async def test_an_unknown_certificate_is_recorded_and_acknowledged(desk: Desk, owned: Owned, kind: str) -> None:
    """The answer is the same as for a known one, and no set changes."""
    cause = {"revoked": "death", "released": "lifted"}.get(kind, "lost")
    answer = await desk.step(take_in, event("abcdef", kind, cause, desk=desk), desk.tools)

    (record,) = await desk.rows(JpkiEventRecord)
    assert (answer.reference, record.known_serial) == (record.event_id, False)
    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "active"


@pytest.mark.requirement("MDOC-35")
async def test_a_doubled_event_gets_the_same_answer_and_no_second_effect(desk: Desk, owned: Owned) -> None:
    """One lapse, one notice, however often JPKI repeats itself."""
    once = event(owned.holder.serial, "revoked", "death", desk=desk)
    first = await desk.step(take_in, once, desk.tools)
    assert await desk.step(take_in, once, desk.tools) == first
    assert len(await desk.rows(Notice)) == 1


@pytest.mark.requirement("MDOC-59")
async def test_a_hold_is_no_lapse_and_keeps_records_as_they_are(desk: Desk, owned: Owned, statuses: Statuses) -> None:
    """Held: the set stays active and marked, and cannot be released; lifted: it can again."""
    serial = owned.holder.serial
    await desk.step(take_in, event(serial, "held", "lost", 1, desk=desk), desk.tools)
    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.certificate_on_hold) == ("active", True)
    assert await statuses(owned.set_id) == {0}

    await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    with pytest.raises(IssuerError, match=Code.CERTIFICATE_ON_HOLD):
        await desk.apply(a_card_message(owned.holder, "release", desk.nonce()))
    await desk.step(take_in, event(serial, "released", "lifted", 2, desk=desk), desk.tools)
    await desk.apply(a_card_message(owned.holder, "release", desk.nonce()))
    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.certificate_on_hold) == ("active", False)


@pytest.mark.requirement("MDOC-58")
async def test_a_suspended_set_can_lapse(desk: Desk, owned: Owned, statuses: Statuses) -> None:
    """Revocation does not wait for a release."""
    serial = owned.holder.serial
    await desk.step(take_in, event(serial, "suspension_requested", "stolen", 1, desk=desk), desk.tools)
    await desk.step(take_in, event(serial, "revoked", "death", 2, desk=desk), desk.tools)

    assert await statuses(owned.set_id) == {1}


@pytest.mark.requirement("MDOC-51", "MDOC-53")
async def test_a_telephone_report_suspends_what_is_on_its_way(desk: Desk, holder: Holder, statuses: Statuses) -> None:
    """A set that the phone has not confirmed is suspended too: whoever holds the phone could confirm it."""
    on_its_way = await issued_set(desk, holder, a_phone(), active=False)
    await desk.step(take_in, event(holder.serial, "suspension_requested", "lost", desk=desk), desk.tools)
    assert [row.mdoc_status for row in await desk.rows(RecordSet)] == ["suspended"]
    assert await statuses(on_its_way.set_id) == {2}


async def test_a_suspension_finds_records_already_suspended(desk: Desk, owned: Owned) -> None:
    """A second report is acknowledged; its row says that nothing was active."""
    for number in (1, 2):
        message = event(owned.holder.serial, "suspension_requested", "lost", number, desk=desk)
        await desk.step(take_in, message, desk.tools)
    rows = await desk.rows(Application, application_type="suspend")
    assert sorted(row.application_status for row in rows) == ["rejected", "waiting_device"]


@pytest.mark.parametrize(("kind", "code"), [("revoked", "certificate_revoked"), ("held", "certificate_on_hold")])
async def test_what_jpki_says_after_acceptance_stops_the_issue(
    desk: Desk, holder: Holder, kind: str, code: str
) -> None:
    """An event between acceptance and issue: the set does not enter the books."""
    cause = "death" if kind == "revoked" else "lost"
    await desk.step(take_in, event(holder.serial, kind, cause, desk=desk), desk.tools)
    applied = await desk.apply(an_application(holder, a_phone(), desk.nonce()))
    await desk.step(take_in, event(holder.serial, kind, cause, 2, desk=desk), desk.tools)
    assert (await desk.application(applied.application_id)).certificate_standing == kind
    assert await desk.verify() == 1
    with pytest.raises(IssuerError, match=code):
        await enter_set(desk, applied.application_id, days=10, active=False)
    assert await desk.rows(RecordSet) == []


async def test_only_the_sets_of_that_certificate_are_touched(desk: Desk, owned: Owned) -> None:
    """Another holder's records stay in use."""
    other = await issued_set(desk, a_holder("隣人 一", seed="next"), a_phone(app_install_id="install-of-neighbour"))
    await desk.step(take_in, event(owned.holder.serial, "revoked", "death", desk=desk), desk.tools)
    (untouched,) = await desk.rows(RecordSet, mdoc_id=other.set_id)
    assert untouched.mdoc_status == "active"
