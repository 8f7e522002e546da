"""What a holder does with the card in hand."""

import msgspec
import pytest

from issuer.edge.operations import OPERATIONS
from issuer.smp.application.states import State
from issuer.smp.record.holder_request import revoke
from issuer.smp.record.models import Notice, RecordSet
from issuer.smp.record.notices import answer_notices, confirm_notice
from registry.problems import ServiceError
from tests.issuer.smp.conftest import Desk, Line, Owned, issued_set
from tests.issuer.smp.record.conftest import Letters, Statuses
from tests.support.applications import (
    Holder,
    a_card_message,
    a_holder,
    a_phone_word,
    an_application,
    authentication_certificate_for,
    signed,
)
from tests.support.attestations import a_phone


async def code_of(desk: Desk, cms: bytes) -> str:
    """Send a message that is refused; return the code."""
    with pytest.raises(ServiceError) as refusal:
        await desk.apply(cms)
    return refusal.value.code


@pytest.mark.requirement("MDOC-52", "MDOC-53", "MDOC-56")
async def test_a_lost_phone_is_reported_with_the_card_and_at_once(desk: Desk, owned: Owned) -> None:
    """The set is suspended when the request is answered; the row is an application of type suspend."""
    applied = await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))

    assert applied.state == State.WAITING_DEVICE
    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.suspended_by) == ("suspended", applied.application_id)
    row = await desk.application(applied.application_id)
    assert row.application_type == "suspend"


@pytest.mark.requirement("MDOC-57")
async def test_a_release_names_the_application_that_suspended(desk: Desk, owned: Owned) -> None:
    """With the card the set is active again, and the release points at its trigger (解除契機申請ID)."""
    lost = await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    released = await desk.apply(a_card_message(owned.holder, "release", desk.nonce()))

    (record_set,) = await desk.rows(RecordSet)
    row = await desk.application(released.application_id)
    assert (record_set.mdoc_status, record_set.suspended_by) == ("active", None)
    assert (row.application_type, row.release_trigger_application_id) == ("release", lost.application_id)


@pytest.mark.parametrize(
    ("state", "code"),
    [("held", "certificate_on_hold"), ("revoked", "certificate_revoked"), ("unknown", "certificate_unknown")],
)
@pytest.mark.requirement("MDOC-57")
async def test_a_release_needs_a_certificate_in_effect(
    desk: Desk, line: Line, owned: Owned, state: str, code: str
) -> None:
    """While the certificate is held, revoked or unknown, the set stays suspended."""
    await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    line.certificate = state

    assert await code_of(desk, a_card_message(owned.holder, "release", desk.nonce())) == code
    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "suspended"


async def test_a_release_without_jpkis_answer_changes_nothing(desk: Desk, line: Line, owned: Owned) -> None:
    """No answer is never a yes."""
    await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    line.silent.add("pki.certificate_state")

    assert await code_of(desk, a_card_message(owned.holder, "release", desk.nonce())) == "no_answer"
    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "suspended"


@pytest.mark.requirement("MDOC-34", "MDOC-38", "MDOC-42")
async def test_a_revocation_with_the_card_is_final(desk: Desk, owned: Owned) -> None:
    """The set lapses by 9-5iii; afterwards neither release, nor report, nor a second revocation is taken."""
    applied = await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce()))

    assert (await desk.application(applied.application_id)).application_type == "revoke"
    (record_set,) = await desk.rows(RecordSet)
    assert (record_set.mdoc_status, record_set.status_reason) == ("revoked", "9-5iii")
    for kind in ("release", "lost", "revoke"):
        assert await code_of(desk, a_card_message(owned.holder, kind, desk.nonce())) == "record_lapsed"
    assert len(await desk.rows(Notice)) == 1


@pytest.mark.parametrize("kind", ["release", "lost", "revoke"])
@pytest.mark.requirement("MDOC-34", "MDOC-52")
async def test_nobody_without_the_card_suspends_releases_or_revokes(desk: Desk, owned: Owned, kind: str) -> None:
    """A wrong signature and a certificate of another kind are refused, and the set stays as it is."""
    content = msgspec.json.encode({"type": kind, "nonce": desk.nonce(), "audience": desk.tools.audience})
    forged = signed(owned.holder, content, signature=b"\x01" * 256)
    assert await code_of(desk, forged) == "holder_signature_invalid"
    content = msgspec.json.encode({"type": kind, "nonce": desk.nonce(), "audience": desk.tools.audience})
    wrong_kind = signed(owned.holder, content, certificate=authentication_certificate_for(owned.holder))
    assert await code_of(desk, wrong_kind) == "holder_certificate_untrusted"
    stranger = a_holder(seed="stranger")
    assert await code_of(desk, a_card_message(stranger, kind, desk.nonce())) == "no_record"
    (record_set,) = await desk.rows(RecordSet)
    assert record_set.mdoc_status == "active"


async def test_a_set_that_is_not_suspended_cannot_be_released(desk: Desk, owned: Owned) -> None:
    """Release of records in use is refused."""
    message = a_card_message(owned.holder, "release", desk.nonce())
    assert await code_of(desk, message) == "record_not_suspended"


async def test_the_set_in_force_refuses_and_not_one_that_ended(desk: Desk, owned: Owned) -> None:
    """A new set answers for the holder, also when the process that entered it has a clock behind."""
    await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce()))
    desk.clock.advance(seconds=-2)
    await issued_set(desk, owned.holder, a_phone(app_install_id="the-next-installation"), active=False)
    desk.clock.advance(seconds=2)

    assert await code_of(desk, a_card_message(owned.holder, "release", desk.nonce())) == "record_not_suspended"


@pytest.mark.requirement("MDOC-53")
async def test_records_already_suspended_are_not_suspended_again(desk: Desk, owned: Owned) -> None:
    """A second report of the same loss is refused, and the first one stays the cause of the suspension."""
    first = await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    assert await code_of(desk, a_card_message(owned.holder, "lost", desk.nonce())) == "record_not_active"
    assert [row.suspended_by for row in await desk.rows(RecordSet)] == [first.application_id]


@pytest.mark.requirement("MDOC-52", "MDOC-53")
async def test_a_set_on_its_way_to_a_lost_phone_is_suspended(
    desk: Desk, holder: Holder, statuses: Statuses, letters: Letters
) -> None:
    """Records that the phone has not confirmed are suspended with the report, and wait for it again after a release."""
    on_its_way = await issued_set(desk, holder, a_phone(), active=False)
    for kind, state, value in (("lost", "suspended", 2), ("release", "issued", 0)):
        await desk.apply(a_card_message(holder, kind, desk.nonce()))
        assert [row.mdoc_status for row in await desk.rows(RecordSet)] == [state]
        assert await statuses(on_its_way.set_id) == {value}
    assert [letter["command"] for letter in await letters(on_its_way.phone)] == ["suspend", "resume"]


@pytest.mark.requirement("MDOC-58")
async def test_an_application_does_not_outlive_its_suspended_set(desk: Desk, holder: Holder) -> None:
    """A set that was never confirmed lapses while it is suspended: its application ends, and another one may follow."""
    first = await issued_set(desk, holder, a_phone(), active=False)
    for kind in ("lost", "revoke"):
        await desk.apply(a_card_message(holder, kind, desk.nonce()))
    assert (await desk.application(first.application_id)).application_status == State.EXPIRED
    again = await desk.apply(an_application(holder, a_phone(app_install_id="install-of-the-next-phone"), desk.nonce()))
    await desk.verify()
    assert (await desk.application(again.application_id)).application_status == State.ACCEPTED


async def test_records_past_their_end_are_neither_suspended_nor_released(desk: Desk, owned: Owned) -> None:
    """The end of validity counts although the job has not been there yet."""
    await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    desk.clock.advance(days=21)
    assert await code_of(desk, a_card_message(owned.holder, "release", desk.nonce())) == "record_lapsed"


@pytest.mark.requirement("MDOC-33")
async def test_reissue_is_a_revocation_and_a_new_application(desk: Desk, owned: Owned) -> None:
    """While records are in force an application is refused; after the revocation the next one is accepted."""
    for expected in ("record_in_force", None):
        applied = await desk.apply(an_application(owned.holder, a_phone(), desk.nonce()))
        await desk.verify()
        row = await desk.application(applied.application_id)
        assert row.application_detail_status == expected
        if expected:
            await desk.apply(a_card_message(owned.holder, "revoke", desk.nonce()))


@pytest.mark.requirement("MDOC-52", "MDOC-54", "MDOC-55", "MDOC-56")
async def test_a_report_from_another_device_reaches_lists_and_phone_in_the_request(
    desk: Desk, owned: Owned, statuses: Statuses, letters: Letters
) -> None:
    """No job runs between the report and its effect: every record SUSPENDED, the phone's command on its way."""
    await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))

    assert await statuses(owned.set_id) == {2}
    assert [letter["command"] for letter in await letters(owned.phone)] == ["suspend"]
    await desk.apply(a_card_message(owned.holder, "release", desk.nonce()))
    assert await statuses(owned.set_id) == {0}
    assert [letter["command"] for letter in await letters(owned.phone)] == ["suspend", "resume"]


@pytest.mark.requirement("MDOC-57")
async def test_a_phone_cannot_lift_its_own_suspension(desk: Desk, owned: Owned) -> None:
    """Whoever holds the phone holds its keys: no message of the phone is a release."""
    await desk.apply(a_card_message(owned.holder, "lost", desk.nonce()))
    word = a_phone_word(owned.phone, owned.application_id, "release", set_id=owned.set_id)
    for step in (confirm_notice, revoke, answer_notices):
        with pytest.raises(ServiceError, match="phone_message_invalid"):
            await desk.step(step, word, desk.tools)
    assert "release" not in {operation.path.strip("/") for operation in OPERATIONS}
    assert [row.mdoc_status for row in await desk.rows(RecordSet)] == ["suspended"]


@pytest.mark.requirement("MDOC-57", "MDOC-58")
async def test_a_suspended_set_that_lapsed_is_not_released(desk: Desk, owned: Owned, statuses: Statuses) -> None:
    """Suspended, then ended by the holder: the release is refused, and the records stay INVALID."""
    for kind in ("lost", "revoke"):
        await desk.apply(a_card_message(owned.holder, kind, desk.nonce()))

    assert await code_of(desk, a_card_message(owned.holder, "release", desk.nonce())) == "record_lapsed"
    assert await statuses(owned.set_id) == {1}
