"""Reception of messages signed with the card."""

import msgspec
import pytest

from issuer.smp.application.models import Application
from issuer.smp.application.states import State
from registry.problems import ServiceError
from tests.issuer.smp.conftest import Desk, Line
from tests.support.applications import Holder, an_application, issue_content, signed
from tests.support.attestations import a_phone


async def code_of(desk: Desk, cms: bytes) -> str:
    """Send a message that is refused; return the code."""
    with pytest.raises(ServiceError) as refusal:
        await desk.apply(cms)
    return refusal.value.code


@pytest.mark.requirement("MDOC-3", "MDOC-15")
async def test_an_application_is_registered_before_anything_is_checked(desk: Desk, holder: Holder) -> None:
    """A message with a wrong signature is registered, answered with a token, and rejected later."""
    content = msgspec.json.encode(issue_content(holder, a_phone(), desk.nonce()))
    applied = await desk.apply(signed(holder, content, signature=b"\x01" * 256))

    assert applied.state == State.RECEIVED
    await desk.verify()
    row = await desk.application(applied.application_id)
    assert (row.application_status, row.application_detail_status) == (State.REJECTED, "holder_signature_invalid")


@pytest.mark.requirement("MDOC-10")
async def test_an_application_that_nobody_signed_is_refused(desk: Desk, holder: Holder) -> None:
    """The content alone is no application: nothing is registered."""
    content = msgspec.json.encode(issue_content(holder, a_phone(), desk.nonce()))

    assert await code_of(desk, content) == "malformed_application"
    assert await desk.rows(Application) == []


@pytest.mark.requirement("MDOC-3")
async def test_the_same_message_again_is_the_same_application(desk: Desk, holder: Holder) -> None:
    """A doubled message hears the same id and the same token, and makes no second row."""
    cms = an_application(holder, a_phone(), desk.nonce())
    first = await desk.apply(cms)
    desk.clock.advance(minutes=2)

    assert await desk.apply(cms) == first
    assert len(await desk.rows(Application)) == 1


@pytest.mark.requirement("MDOC-3")
async def test_a_message_whose_application_has_ended_is_a_replay(desk: Desk, line: Line, holder: Holder) -> None:
    """Once rejected, the same message is refused."""
    line.card_matches = False
    cms = an_application(holder, a_phone(), desk.nonce())
    await desk.apply(cms)
    await desk.verify()

    assert await code_of(desk, cms) == "application_replayed"


async def test_a_message_for_another_receiver_is_refused(desk: Desk, holder: Holder) -> None:
    """The audience is part of what the holder signed."""
    cms = an_application(holder, a_phone(), desk.nonce(), audience="https://elsewhere.test")
    assert await code_of(desk, cms) == "wrong_audience"
