from typing import Any

import pytest

from pki.jpki.models import CertificateHistory, DoneRequest, UserCertificate
from registry.messages.jpki import IssuedCertificates, SuspendMdoc
from registry.outbox.models import OutboxMessage
from tests.pki.conftest import CallAs, a_uuid
from tests.pki.jpki.conftest import NUMBER, Kept, an_order, code_of
from tests.pki.jpki.test_hold import a_hold

OPERATION = "pki.suspend_mdoc"


def a_report(serial: str, number: int = 300, **changes: Any) -> SuspendMdoc:
    """A report of a lost phone."""
    fields: dict[str, Any] = {
        "request_id": a_uuid(number),
        "signing_certificate_serial": serial,
        "identity_check": "four_items_and_address",
        "reason": "lost",
    }
    return SuspendMdoc(**(fields | changes))


@pytest.mark.requirement("MDOC-51", "MDOC-59")
async def test_report_is_passed_on(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A lost phone is reported through the JPKI side: an event for SMP waits, and no certificate has changed."""
    response = await call_as("call-centre").post(OPERATION, a_report(issued.signature_serial))
    assert response.status_code == 202
    (event,) = await kept.events()
    assert (event.kind, event.cause) == ("suspension_requested", "lost")
    assert {row.state for row in await kept.rows(UserCertificate)} == {"good"}
    assert len(await kept.rows(CertificateHistory)) == 2


@pytest.mark.requirement("MDOC-51")
async def test_message_with_a_number_field_is_refused(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A message that carries a field for the number is refused and recorded, and the number is not echoed."""
    body = {
        "request_id": str(a_uuid(1)),
        "signing_certificate_serial": issued.signature_serial,
        "identity_check": "ok",
        "reason": "lost",
        "individual_number": NUMBER,
    }
    response = await call_as("call-centre").post(OPERATION, body)
    assert (response.status_code, code_of(response)) == (400, "malformed_request")
    assert NUMBER not in response.text
    assert await kept.refusals() == ["malformed_request"]
    assert await kept.events() == []


@pytest.mark.requirement("MDOC-51")
@pytest.mark.parametrize("operation", [OPERATION, "pki.hold"])
async def test_number_in_place_of_a_serial_is_refused(call_as: CallAs, kept: Kept, operation: str) -> None:
    """An individual number in the field of the serial is refused by its own code and is kept nowhere."""
    message = a_report(NUMBER) if operation == OPERATION else a_hold(NUMBER)
    response = await call_as("call-centre").post(operation, message)
    assert (response.status_code, code_of(response)) == (403, "number_not_allowed")
    assert NUMBER not in response.text
    assert await kept.refusals() == ["number_not_allowed"]
    assert await kept.rows(DoneRequest) == []


@pytest.mark.requirement("MDOC-59")
async def test_card_system_cannot_report(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """Card and mdoc suspension are separate: a report by the card system is refused and recorded."""
    response = await call_as("card").post(OPERATION, a_report(issued.signature_serial))
    assert (response.status_code, code_of(response)) == (403, "not_permitted")
    assert await kept.refusals() == ["not_permitted"]
    assert await kept.events() == []


async def test_answer_does_not_tell_of_a_record(call_as: CallAs, issued: IssuedCertificates) -> None:
    """The answer for a certificate in effect and for a revoked one differs in nothing but the request's own id."""
    new = await call_as("card").post("pki.order_certificates", an_order(2))
    good = await call_as("call-centre").post(OPERATION, a_report(new.json()["signature_serial"], 301))
    revoked = await call_as("call-centre").post(OPERATION, a_report(issued.signature_serial, 302))
    assert good.status_code == revoked.status_code == 202
    assert good.json().keys() == revoked.json().keys() == {"reference"}


async def test_report_sent_twice_is_passed_on_once(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """The same report again hears the same answer and makes no second event."""
    for _ in range(2):
        await call_as("call-centre").post(OPERATION, a_report(issued.signature_serial))
    assert len(await kept.rows(OutboxMessage)) == 1


async def test_unknown_certificate_is_refused(call_as: CallAs, kept: Kept) -> None:
    """A serial that was never issued is refused and recorded."""
    response = await call_as("call-centre").post(OPERATION, a_report("4" * 16))
    assert (response.status_code, code_of(response)) == (404, "certificate_unknown")
    assert await kept.refusals() == ["certificate_unknown"]


@pytest.mark.requirement("LINK-17")
async def test_former_contractor_is_refused(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A call centre whose contract ended is refused by the systems' revocation list, and the attempt is recorded."""
    response = await call_as("call-centre", "former").post(OPERATION, a_report(issued.signature_serial))
    assert (response.status_code, code_of(response)) == (403, "revoked_certificate")
    assert await kept.refusals() == ["revoked_certificate"]
    assert await kept.events() == []
