"""Rules against fraudulent applications."""

from dataclasses import replace
from uuid import UUID

import msgspec
import pytest

from issuer.smp.application.states import State
from issuer.smp.verification.fraud import RULES
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, a_holder, an_application, issue_content, signed
from tests.support.attestations import a_phone


async def applied(desk: Desk, holder: Holder, **named: object) -> UUID:
    """Send a genuine application from a fresh phone."""
    cms = an_application(holder, a_phone(), desk.nonce(), at=desk.clock(), **named)
    return (await desk.apply(cms)).application_id


@pytest.mark.requirement("MDOC-17")
async def test_too_many_failures_close_the_door_for_a_day(desk: Desk, line: Line, holder: Holder) -> None:
    """After six rejections with a proven signature even a genuine application is refused, until the day is over."""
    line.card_matches = False
    for _ in range(RULES[0].most + 1):
        await applied(desk, holder)
        await desk.verify()
    line.card_matches = True

    refused = await applied(desk, holder)
    await desk.verify()
    assert (await desk.application(refused)).application_detail_status == "application_refused_by_rule"

    desk.clock.advance(days=1, minutes=1)
    accepted = await applied(desk, holder)
    await desk.verify()
    assert (await desk.application(accepted)).application_status == State.ACCEPTED


@pytest.mark.requirement("MDOC-17")
async def test_nobody_can_lock_a_holder_out_with_bad_signatures(desk: Desk, holder: Holder) -> None:
    """Messages that only carry a holder's certificate do not count as that holder's failures."""
    for _ in range(RULES[0].most + 2):
        content = msgspec.json.encode(issue_content(holder, a_phone(), desk.nonce()))
        forged = signed(replace(holder, key=a_holder(seed="forger").key), content, signature=b"\x01" * 256)
        await desk.apply(forged)
        await desk.verify()

    application_id = await applied(desk, holder)
    await desk.verify()

    assert (await desk.application(application_id)).application_status == State.ACCEPTED


@pytest.mark.requirement("MDOC-17")
async def test_many_phones_for_one_card_are_refused(desk: Desk, line: Line, holder: Holder) -> None:
    """Applications from a fourth installation within a month break a rule."""
    line.silent.add("card.confirm")
    for number in range(RULES[1].most):
        phone = a_phone(app_install_id=f"install-number-{number:04}")
        await desk.apply(an_application(holder, phone, desk.nonce()))
        await desk.verify()

    last = await desk.apply(an_application(holder, a_phone(app_install_id="install-number-last"), desk.nonce()))
    await desk.verify()

    assert (await desk.application(last.application_id)).application_detail_status == "application_refused_by_rule"
