from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pki.jpki.models import AUTHENTICATION, SIGNATURE, CertificateHistory, UserCertificate
from registry.messages.jpki import HoldCertificates, IssuedCertificates, ReleaseCertificates
from tests.pki.conftest import CallAs, a_uuid
from tests.pki.jpki.conftest import Kept, an_order, code_of
from tests.pki.jpki.test_change_events import a_change

StateOf = Callable[[str], Awaitable[dict[str, Any]]]


def a_hold(serial: str, number: int = 100, **changes: Any) -> HoldCertificates:
    """A request of the call centre."""
    fields: dict[str, Any] = {
        "request_id": a_uuid(number),
        "signing_certificate_serial": serial,
        "identity_check": "four_items_and_address",
        "reason": "lost",
    }
    return HoldCertificates(**(fields | changes))


def a_release(serial: str, number: int = 200) -> ReleaseCertificates:
    """A message of the card system."""
    return ReleaseCertificates(request_id=a_uuid(number), signing_certificate_serial=serial)


@pytest.mark.requirement("CARD-24")
async def test_hold_of_both_certificates(
    call_as: CallAs, issued: IssuedCertificates, kept: Kept, state_of: StateOf
) -> None:
    """The call centre's request puts both certificates of a card on hold, and SMP is told; it is never a lapse."""
    response = await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    assert response.status_code == 200
    assert (await state_of(issued.signature_serial))["state"] == "held"
    assert {row.state for row in await kept.rows(UserCertificate)} == {"held"}
    (event,) = await kept.events()
    assert (event.kind, event.cause) == ("held", "lost")


@pytest.mark.requirement("CARD-24")
async def test_both_outcomes_of_a_hold_are_recorded(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A hold that was done and a hold that was refused each leave their record."""
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    refused = await call_as("call-centre").post("pki.hold", a_hold("4" * 16, 101))
    assert (refused.status_code, code_of(refused)) == (404, "certificate_unknown")
    assert [outcome for operation, outcome in await kept.communications() if operation == "pki.hold"] == [
        "done",
        "certificate_unknown",
    ]
    assert await kept.refusals() == ["certificate_unknown"]


@pytest.mark.requirement("CARD-24")
async def test_hold_may_be_sent_again(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A hold that is repeated until acknowledged changes nothing the second time and tells SMP once."""
    for number in (100, 100, 102):
        response = await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial, number))
        assert response.status_code == 200
    assert len(await kept.events()) == 1
    assert len(await kept.rows(CertificateHistory)) == 4


async def test_request_id_for_another_hold_is_refused(call_as: CallAs, issued: IssuedCertificates) -> None:
    """Another request under a used id is refused."""
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    response = await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial, reason="stolen"))
    assert (response.status_code, code_of(response)) == (409, "request_id_reused")


async def test_revoked_certificate_is_not_held(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A certificate that is revoked stays revoked: hold and release are refused."""
    await call_as("card").post("pki.order_certificates", an_order(2))
    for operation, caller, message in (
        ("pki.hold", "call-centre", a_hold(issued.signature_serial)),
        ("pki.release", "card", a_release(issued.signature_serial)),
    ):
        response = await call_as(caller).post(operation, message)
        assert (response.status_code, code_of(response)) == (409, "certificate_revoked")
    assert [event.kind for event in await kept.events()] == ["revoked"]


async def test_hold_after_a_move(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """After a move the authentication certificate of a lost card is still held and released; SMP hears of neither."""
    await call_as("juki").post("pki.person_changed", a_change("move_within"))
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    states = [{row.kind: row.state for row in await kept.rows(UserCertificate)}]
    await call_as("card").post("pki.release", a_release(issued.signature_serial))
    states.append({row.kind: row.state for row in await kept.rows(UserCertificate)})
    assert states == [{SIGNATURE: "revoked", AUTHENTICATION: state} for state in ("held", "good")]
    assert [event.kind for event in await kept.events()] == ["revoked"]


async def test_release(call_as: CallAs, issued: IssuedCertificates, kept: Kept, state_of: StateOf) -> None:
    """After the suspension was lifted at the municipality the certificates are good again, and SMP is told."""
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    for _ in range(2):
        response = await call_as("card").post("pki.release", a_release(issued.signature_serial))
        assert response.status_code == 200
    assert (await state_of(issued.signature_serial))["state"] == "good"
    assert {row.state for row in await kept.rows(UserCertificate)} == {"good"}
    assert sorted(event.kind for event in await kept.events()) == ["held", "released"]


async def test_release_without_a_hold_is_refused(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A release of certificates that are not on hold is refused and recorded."""
    response = await call_as("card").post("pki.release", a_release(issued.signature_serial))
    assert (response.status_code, code_of(response)) == (409, "certificate_not_held")
    assert await kept.refusals() == ["certificate_not_held"]
    assert await kept.events() == []


async def test_call_centre_cannot_release(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A hold is taken back at the municipality and not by telephone: the call centre is refused."""
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    response = await call_as("call-centre").post("pki.release", a_release(issued.signature_serial))
    assert (response.status_code, code_of(response)) == (403, "not_permitted")
    assert {row.state for row in await kept.rows(UserCertificate)} == {"held"}
