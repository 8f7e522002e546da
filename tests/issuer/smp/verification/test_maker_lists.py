"""Applications from phones whose maker has revoked them, and those that wait for a list."""

from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509

from issuer.smp.application.models import DeviceKey
from issuer.smp.application.states import State
from registry.trail.models import ProvisionRecord
from tests.issuer.smp.conftest import Desk, Line
from tests.issuer.smp.makers.published import Published
from tests.support.applications import Holder, a_holder, an_application
from tests.support.attestations import a_phone, apple_attestation, authority


@pytest.fixture
def published(desk: Desk, tmp_path: Path) -> Published:
    """Empty lists, taken now, and a desk that believes them."""
    made = Published(tmp_path)
    made.put(at=desk.clock())
    desk.tools = made.trusted_in(desk.tools)
    return made


def factory() -> int:
    """The serial number of the factory's certificate, over every phone of the tests."""
    return x509.load_der_x509_certificate(authority("android")[1][-1]).serial_number


async def decided(desk: Desk, holder: Holder) -> UUID:
    """Send a genuine application from a fresh phone and let it be decided."""
    cms = an_application(holder, a_phone(), desk.nonce(), at=desk.clock())
    application_id = (await desk.apply(cms)).application_id
    await desk.verify()
    return application_id


@pytest.mark.parametrize("status", ["REVOKED", "SUSPENDED"])
@pytest.mark.requirement("MDOC-2", "MDOC-16", "MDOC-23", "AUDIT-16")
async def test_a_revoked_phone_is_refused_until_its_maker_lifts_it(
    desk: Desk, line: Line, holder: Holder, published: Published, status: str
) -> None:
    """Rejected with its own code and a record, no key is claimed, nobody else is asked; lifted, a new one passes."""
    published.put([factory()], at=desk.clock(), status=status)
    row = await desk.application(await decided(desk, holder))
    assert (row.application_status, row.application_detail_status) == (State.REJECTED, "key_attestation_revoked")
    (refusal,) = await desk.rows(ProvisionRecord, outcome="refused")
    assert refusal.refusal == "key_attestation_revoked"
    assert (await desk.rows(DeviceKey), line.asked) == ([], [])

    published.put(at=desk.clock.advance(minutes=1))
    row = await desk.application(await decided(desk, holder))
    assert row.application_status == State.ACCEPTED


@pytest.mark.requirement("MDOC-16", "MDOC-23")
async def test_without_a_list_of_the_day_an_application_waits(desk: Desk, holder: Holder, published: Published) -> None:
    """On hold over a restart, and never accepted meanwhile; the next list decides, whichever way."""
    desk.clock.advance(hours=24, seconds=1)
    waiting = await decided(desk, holder)
    row = await desk.application(waiting)
    assert (row.application_status, row.application_detail_status) == (State.ON_HOLD, "maker_list_stale")
    assert await desk.rows(DeviceKey) == []

    desk.tools = published.trusted_in(desk.tools)  # nothing of the worker before is left
    desk.clock.advance(minutes=1)
    assert await desk.verify() == 1
    assert (await desk.application(waiting)).application_status == State.ON_HOLD

    published.put([factory()], at=desk.clock())
    desk.clock.advance(minutes=2)
    assert await desk.verify() == 1
    row = await desk.application(waiting)
    assert (row.application_status, row.application_detail_status) == (State.REJECTED, "key_attestation_revoked")


async def test_a_list_that_comes_lets_the_waiting_pass(desk: Desk, holder: Holder, published: Published) -> None:
    """Who waited for a list in which nothing of the phone stands is accepted at its next turn."""
    desk.clock.advance(hours=25)
    waiting = await decided(desk, holder)
    published.put(at=desk.clock())
    desk.clock.advance(minutes=1)
    await desk.verify()
    assert (await desk.application(waiting)).application_status == State.ACCEPTED


async def test_who_waits_for_one_maker_holds_up_nobody_of_the_other(
    desk: Desk, holder: Holder, published: Published
) -> None:
    """Decided in one batch: an Apple-like phone whose maker is silent waits, an Android-like one is accepted."""
    desk.clock.advance(hours=25)
    published.put(at=desk.clock(), kinds=["android"])
    other, phone, nonce = (
        a_holder("別人 花子", seed="other"),
        a_phone(app_install_id="install-of-an-apple"),
        desk.nonce(),
    )
    attested = apple_attestation(phone, nonce, at=desk.clock())
    messages = [
        an_application(holder, a_phone(), desk.nonce(), at=desk.clock()),
        an_application(other, phone, nonce, at=desk.clock(), key_attestation=attested),
    ]
    ids = [(await desk.apply(cms)).application_id for cms in messages]
    assert await desk.verify() == 2
    states = [(await desk.application(each)).application_status for each in ids]
    assert states == [State.ACCEPTED, State.ON_HOLD]
