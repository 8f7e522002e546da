"""Rules against fraudulent applications, each at its boundary."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from issuer.errors import Code
from issuer.smp.application.states import State
from issuer.smp.verification import fraud
from issuer.smp.verification.fraud import COUNTS, Rule, rules
from tests.issuer.smp.conftest import Desk, Line, issued_set
from tests.support.applications import Holder, a_holder, an_application, issue_content, signed
from tests.support.attestations import a_phone


def rule(name: str) -> Rule:
    """Return a rule of the table."""
    return next(each for each in rules() if each.name == name)


async def applied(desk: Desk, holder: Holder, install: str = "install-0123456789abcdef") -> UUID:
    """Send a genuine application from a fresh phone and let it be decided."""
    phone = a_phone(app_install_id=install)
    application_id = (await desk.apply(an_application(holder, phone, desk.nonce(), at=desk.clock()))).application_id
    await desk.verify()
    return application_id


async def detail(desk: Desk, application_id: UUID) -> str | None:
    """Return the code of a decision."""
    return (await desk.application(application_id)).application_detail_status


def test_the_table_is_read_and_every_count_is_used() -> None:
    """Each rule counts something that can be counted, refuses with a code, and nothing is countable in vain."""
    assert {each.counts for each in rules()} == set(COUNTS)
    assert all(each.window > timedelta(0) and each.most >= 0 for each in rules())
    with pytest.raises(ValueError, match="noses"):
        fraud._rule({"name": "x", "counts": "noses", "most": 1, "hours": 1, "code": "too_many_failures"})


@pytest.mark.requirement("MDOC-17")
async def test_failures_close_the_door_beyond_their_number_and_until_the_window_ends(
    desk: Desk, line: Line, holder: Holder
) -> None:
    """The last tolerated failure closes nothing, the next one does, and with the window the door opens again."""
    failures = rule("repeated failures")
    line.card_matches = False
    for _ in range(failures.most):
        await applied(desk, holder)
    last_tolerated = await applied(desk, holder)
    assert await detail(desk, last_tolerated) == Code.CARD_MISMATCH

    line.card_matches = True
    assert await detail(desk, await applied(desk, holder)) == Code.TOO_MANY_FAILURES

    desk.clock.advance(seconds=int(failures.window.total_seconds()))
    assert await detail(desk, await applied(desk, holder)) is None


@pytest.mark.requirement("MDOC-17")
async def test_nobody_can_lock_a_holder_out_with_bad_signatures(desk: Desk, holder: Holder) -> None:
    """Messages that only carry a holder's certificate count against no rule, decided or not."""
    for number in range(max(each.most for each in rules()) + 2):
        phone = a_phone(app_install_id=f"install-of-forger-{number:02}")
        content = msgspec.json.encode(issue_content(holder, phone, desk.nonce()))
        forged = signed(replace(holder, key=a_holder(seed="forger").key), content, signature=b"\x01" * 256)
        await desk.apply(forged)
        if number % 2:
            await desk.verify()
    while await desk.verify():
        pass

    assert await detail(desk, await applied(desk, holder)) is None


@pytest.mark.parametrize("name", ["velocity of a certificate", "velocity of a phone"])
@pytest.mark.requirement("MDOC-17")
async def test_velocity_ends_at_its_number(
    desk: Desk, line: Line, holder: Holder, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tolerated number of applications in the window is held as ever; one more is refused by its own code."""
    velocity = replace(rule(name), most=3)
    monkeypatch.setattr(fraud, "rules", lambda: (velocity,))
    line.silent.add("card.confirm")
    by_phone = name == "velocity of a phone"
    for number in range(velocity.most + 1):
        who = a_holder(f"住民 {number}", seed=f"resident-{number}") if by_phone else holder
        install = "install-0123456789abcdef" if by_phone else f"install-number-{number:04}"
        last = await applied(desk, who, install)
        row = await desk.application(last)
        if number < velocity.most:
            assert (row.application_status, row.application_detail_status) == (State.ON_HOLD, "no_answer_card_system")

    assert await detail(desk, last) == Code.TOO_MANY_APPLICATIONS


@pytest.mark.requirement("MDOC-17")
async def test_many_phones_for_one_card_are_refused(desk: Desk, line: Line, holder: Holder) -> None:
    """The last tolerated installation is held as ever; the next one breaks the rule."""
    devices = rule("too many devices")
    line.silent.add("card.confirm")
    for number in range(devices.most):
        tolerated = await applied(desk, holder, f"install-number-{number:04}")
    assert await detail(desk, tolerated) == "no_answer_card_system"

    assert await detail(desk, await applied(desk, holder, "install-number-last")) == Code.TOO_MANY_DEVICES


@pytest.mark.requirement("MDOC-17")
async def test_a_device_with_records_of_another_holder_is_refused(desk: Desk, holder: Holder) -> None:
    """While somebody's records are in force on an installation nobody else applies from it; afterwards they may."""
    other = a_holder("同居 人", seed="same-phone")
    await issued_set(desk, other, a_phone(), days=2)
    assert await detail(desk, await applied(desk, holder)) == Code.DEVICE_OF_ANOTHER
    assert await detail(desk, await applied(desk, holder, "install-of-its-own")) is None
