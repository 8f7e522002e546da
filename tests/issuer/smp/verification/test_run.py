"""The worker that decides applications."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from issuer.smp.application.models import DeviceKey
from issuer.smp.application.states import State
from issuer.smp.tools import Terms
from issuer.smp.verification import run
from issuer.smp.verification.verify import Case, Proven, prove
from registry.act import Act
from registry.trail.models import ProvisionRecord
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, a_holder, an_application
from tests.support.attestations import a_phone


async def applied(desk: Desk, holder: Holder, **named: object) -> UUID:
    """Send a genuine application from a fresh phone."""
    cms = an_application(holder, a_phone(), desk.nonce(), at=desk.clock(), **named)
    return (await desk.apply(cms)).application_id


@pytest.mark.requirement("MDOC-16", "MDOC-19")
async def test_a_genuine_application_is_accepted_with_its_keys(desk: Desk, holder: Holder) -> None:
    """Acceptance claims every device key for ever and leaves a record without items or number."""
    application_id = await applied(desk, holder)

    assert await desk.verify() == 1

    row = await desk.application(application_id)
    assert (row.application_status, row.application_detail_status, row.due_at) == (State.ACCEPTED, None, None)
    uses = [row.use for row in await desk.rows(DeviceKey, application_id=application_id)]
    assert sorted(uses) == ["binding", "record", "record", "sealing"]
    (record,) = await desk.rows(ProvisionRecord, reason="accepted")
    assert (record.number_included, record.operator, record.fields) == (False, None, [])
    assert await desk.verify() == 0


@pytest.mark.requirement("MDOC-15", "MDOC-16", "AUDIT-16")
async def test_a_rejected_application_keeps_its_row_and_leaves_a_refusal(
    desk: Desk, line: Line, holder: Holder
) -> None:
    """Rejection names its code in the row and in the trail; no device key is claimed."""
    line.card_matches = False
    application_id = await applied(desk, holder)

    await desk.verify()

    row = await desk.application(application_id)
    assert (row.application_status, row.application_detail_status) == (State.REJECTED, "card_mismatch")
    (refusal,) = await desk.rows(ProvisionRecord, outcome="refused")
    assert (refusal.refusal, refusal.system) == ("card_mismatch", "issuer")
    assert await desk.rows(DeviceKey) == []


async def test_a_rejection_and_its_record_are_of_one_transaction(
    desk: Desk, line: Line, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies while it records the refusal has rejected nothing: the application is decided again."""
    line.card_matches = False
    application_id = await applied(desk, holder)

    def dying(act: Act, code: str) -> ProvisionRecord:
        raise RuntimeError(act.operation, code)

    with monkeypatch.context() as patch:
        patch.setattr(run, "refusal", dying)
        with pytest.raises(RuntimeError):
            await desk.verify()
    assert (await desk.application(application_id)).application_status == State.VERIFYING
    desk.clock.advance(minutes=10)
    await desk.verify()
    assert (await desk.application(application_id)).application_status == State.REJECTED
    assert len(await desk.rows(ProvisionRecord, outcome="refused")) == 1


@pytest.mark.requirement("MDOC-12")
async def test_without_an_answer_an_application_waits_and_is_asked_about_again(
    desk: Desk, line: Line, holder: Holder
) -> None:
    """JPKI silent: on hold, not due at once, and accepted when the answer comes."""
    line.silent.add("pki.certificate_state")
    application_id = await applied(desk, holder)
    await desk.verify()
    assert (await desk.application(application_id)).application_status == State.ON_HOLD
    assert await desk.verify() == 0

    line.silent.clear()
    desk.clock.advance(minutes=1)
    assert await desk.verify() == 1

    row = await desk.application(application_id)
    assert (row.application_status, row.attempts) == (State.ACCEPTED, 2)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (8, 3600), (10_000, 3600)]
)
def test_a_held_application_backs_off_to_an_hour(attempts: int, seconds: int) -> None:
    """A minute at first, twice as long each time, an hour at most however long somebody is silent."""
    assert run.hold_for(attempts, Terms()) == timedelta(seconds=seconds)


@pytest.mark.parametrize("silent", ["pki.certificate_state", "card.confirm"])
@pytest.mark.requirement("MDOC-12", "MDOC-16")
async def test_a_hold_survives_a_restart(desk: Desk, line: Line, holder: Holder, silent: str) -> None:
    """What is held lies in the database: a worker that starts afresh takes it up at its time, and not before."""
    line.silent.add(silent)
    application_id = await applied(desk, holder)
    await desk.verify()
    detail = "no_answer_jpki" if silent.startswith("pki") else "no_answer_card_system"
    assert (await desk.application(application_id)).application_detail_status == detail

    line.silent.clear()
    desk.tools = replace(desk.tools)  # nothing of the worker before is left
    desk.clock.advance(seconds=59)
    assert await desk.verify() == 0
    desk.clock.advance(seconds=1)
    assert await desk.verify() == 1
    assert (await desk.application(application_id)).application_status == State.ACCEPTED


async def test_an_application_whose_worker_died_is_decided_by_the_next(
    desk: Desk, line: Line, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash in the middle of the checks leaves a lease; when it ends the application is decided."""
    application_id = await applied(desk, holder)
    dying: Callable[..., object] = lambda *_args, **_named: 1 / 0  # noqa: E731 - the worker dies here
    with monkeypatch.context() as patch:
        patch.setattr(type(line), "__call__", dying)
        with pytest.raises(ZeroDivisionError):
            await desk.verify()
    assert (await desk.application(application_id)).application_status == State.VERIFYING
    assert await desk.verify() == 0

    desk.clock.advance(minutes=3)
    assert await desk.verify() == 1

    assert (await desk.application(application_id)).application_status == State.ACCEPTED


@pytest.mark.requirement("MDOC-32")
async def test_of_two_applications_of_one_holder_only_the_first_is_accepted(desk: Desk, holder: Holder) -> None:
    """An accepted application stands in the way of the next, before any record exists."""
    first, second = await applied(desk, holder), await applied(desk, holder)

    assert [await desk.verify(), await desk.verify()] == [1, 1]

    assert (await desk.application(first)).application_status == State.ACCEPTED
    assert (await desk.application(second)).application_detail_status == "record_in_force"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.requirement("MDOC-23")
async def test_of_two_deciders_with_one_device_key_the_primary_key_lets_one_through(
    desk: Desk, holder: Holder, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    """Both have looked before either wrote: the second ends as a rejection and leaves its record."""
    phone = a_phone()
    first = await desk.apply(an_application(holder, phone, desk.nonce()))
    other = a_holder("隣人 一", seed="next")
    again = replace(phone, app_install_id="install-of-the-next-one") if together else phone
    second = await desk.apply(an_application(other, again, desk.nonce()))

    async def looked_too_early(_session: object, cases: list[Case], _unproven: object) -> list[Proven]:
        return [Proven(case, prove(case)) for case in cases]

    monkeypatch.setattr(run, "verify", looked_too_early)
    assert [await desk.verify(), await desk.verify()] == ([2, 0] if together else [1, 1])

    states = {(await desk.application(each.application_id)).application_detail_status for each in (first, second)}
    assert states == {None, "device_key_already_used"}
    assert [row.refusal for row in await desk.rows(ProvisionRecord, outcome="refused")] == ["device_key_already_used"]


async def strangers(desk: Desk, count: int) -> list[UUID]:
    """Let people apply who have nothing to do with each other, each from a phone of their own."""
    sent = []
    for number in range(count):
        who, phone = (
            a_holder(f"住民 {number}", seed=f"stranger-{number}"),
            a_phone(app_install_id=f"install-{number:012}"),
        )
        sent.append((await desk.apply(an_application(who, phone, desk.nonce()))).application_id)
    return sent


@pytest.mark.requirement("MDOC-16")
async def test_strangers_are_decided_together(desk: Desk, line: Line) -> None:
    """One look decides all who wait, each by its own checks, up to a batch."""
    ids = await strangers(desk, run.BATCH + 1)
    assert [await desk.verify() for _ in range(3)] == [run.BATCH, 1, 0]
    assert {(await desk.application(one)).application_status for one in ids} == {State.ACCEPTED}
    assert len(line.asked) == 2 * len(ids)
    assert len(await desk.rows(ProvisionRecord, reason="accepted")) == len(ids)


async def test_what_goes_wrong_with_one_holds_up_nobody_else(
    desk: Desk, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of the batch are decided, and the one is left to its lease; nobody is recorded twice."""
    first, bad, last = await strangers(desk, 3)
    serial = (await desk.application(bad)).signing_certificate_serial_number
    answers = type(line).__call__

    async def breaking(self: Line, operation: str, message: object, answer: type[object], **named: object) -> object:
        if getattr(message, "signing_certificate_serial", None) == serial:
            raise ZeroDivisionError
        return await answers(self, operation, message, answer, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(line), "__call__", breaking)
        with pytest.raises(ZeroDivisionError):
            await desk.verify()

    states = [(await desk.application(one)).application_status for one in (first, bad, last)]
    assert states == [State.ACCEPTED, State.VERIFYING, State.ACCEPTED]
    assert len(await desk.rows(ProvisionRecord, reason="accepted")) == 2
    assert await desk.verify() == 0
    desk.clock.advance(minutes=3)
    assert await desk.verify() == 1
    assert (await desk.application(bad)).application_status == State.ACCEPTED


async def test_who_has_something_in_common_is_decided_one_after_the_other(desk: Desk, holder: Holder) -> None:
    """Another card on the same phone waits for the decision about the first, and so does the same card elsewhere."""
    phone = a_phone()
    await desk.apply(an_application(holder, phone, desk.nonce()))
    await desk.apply(an_application(a_holder("同居 人", seed="same-phone"), a_phone(), desk.nonce()))
    await desk.apply(an_application(holder, a_phone(app_install_id="install-elsewhere-01"), desk.nonce()))
    await strangers(desk, 1)

    assert [await desk.verify() for _ in range(3)] == [2, 2, 0]
