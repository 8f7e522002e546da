"""Nonces of the public door."""

import pytest

from issuer.smp.application.models import UsedNonce
from registry.problems import ServiceError
from tests.issuer.smp.conftest import Desk
from tests.support.applications import Holder, an_application
from tests.support.attestations import a_phone


async def code_of(desk: Desk, cms: bytes) -> str:
    """Send a message that is refused; return the code."""
    with pytest.raises(ServiceError) as refusal:
        await desk.apply(cms)
    return refusal.value.code


@pytest.mark.requirement("MDOC-13")
async def test_a_nonce_serves_once_and_for_minutes(desk: Desk, holder: Holder) -> None:
    """A nonce of nobody, an old one and a used one are refused with their own codes."""
    fresh = desk.nonce()
    tampered = ("A" if fresh[0] != "A" else "B") + fresh[1:]
    assert await code_of(desk, an_application(holder, a_phone(), tampered)) == "nonce_unknown"
    assert await code_of(desk, an_application(holder, a_phone(), "not-base64-at-all")) == "nonce_unknown"
    await desk.apply(an_application(holder, a_phone(), fresh))
    assert await code_of(desk, an_application(holder, a_phone(), fresh)) == "nonce_used"
    old = desk.nonce()
    desk.clock.advance(minutes=10)
    assert await code_of(desk, an_application(holder, a_phone(), old)) == "nonce_expired"
    assert len(await desk.rows(UsedNonce)) == 1


async def test_a_nonce_from_the_future_is_refused(desk: Desk, holder: Holder) -> None:
    """A clock that went back does not make a nonce older than it is."""
    later = desk.nonce()
    desk.clock.advance(minutes=-1)
    assert await code_of(desk, an_application(holder, a_phone(), later)) == "nonce_expired"
