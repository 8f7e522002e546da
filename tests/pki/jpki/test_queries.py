from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from pki.jpki.queries import certificate_state
from registry.act import Act
from registry.messages.jpki import CertificateQuery, IssuedCertificates, RecordCodeQuery
from registry.trail.models import ProvisionRecord
from tests.pki.conftest import CallAs, Caller, a_uuid
from tests.pki.jpki.conftest import NUMBER, Kept, code_of, record_code
from tests.pki.jpki.test_change_events import a_change
from tests.pki.jpki.test_hold import a_hold
from tests.support.entropy import SeededBytes

StateOf = Callable[[str], Awaitable[dict[str, Any]]]
STATE, RECORD_CODE = "pki.certificate_state", "pki.record_code_for_serial"


def a_query(serial: str) -> RecordCodeQuery:
    """A question of the juki server."""
    return RecordCodeQuery(request_id=a_uuid(500), authentication_certificate_serial=serial)


@pytest.mark.requirement("MDOC-12")
async def test_state_of_a_certificate_in_effect(issued: IssuedCertificates, kept: Kept, state_of: StateOf) -> None:
    """SMP hears that a certificate is good, and the answer is on record without a number."""
    assert (await state_of(issued.signature_serial))["state"] == "good"
    record = [row for row in await kept.rows(ProvisionRecord) if row.operation == STATE]
    assert [(row.client_system, row.outcome, row.number_included) for row in record] == [("issuer", "provided", False)]


@pytest.mark.requirement("MDOC-12")
async def test_state_of_a_revoked_certificate(call_as: CallAs, issued: IssuedCertificates, state_of: StateOf) -> None:
    """SMP hears that a certificate lost effect, since when and why."""
    await call_as("juki").post("pki.person_changed", a_change("death"))
    state = await state_of(issued.signature_serial)
    assert (state["state"], state["reason"]) == ("revoked", "death")
    assert state["since"] is not None


async def test_unknown_serial_is_unknown(issued: IssuedCertificates, state_of: StateOf) -> None:
    """A serial never issued, or one of the other kind, is unknown: neither good nor revoked."""
    assert (await state_of("4" * 16))["state"] == "unknown"
    assert (await state_of(issued.authentication_serial))["state"] == "unknown"


async def test_expired_before_the_calendar_ran(issued: IssuedCertificates, kept: Kept, entropy: SeededBytes) -> None:
    """One second after its last a certificate is revoked by expiry, whether or not the daily work has run."""
    end = x509.load_der_x509_certificate(issued.signature_certificate).not_valid_after_utc
    query = CertificateQuery(signing_certificate_serial=issued.signature_serial)
    states = []
    for at in (end, end + timedelta(seconds=1)):
        act = Act(STATE, "pki", "issuer", a_uuid(501), at, entropy)
        async with kept.sessions.begin() as session:
            answer = await certificate_state(session, act, query)
        states.append((answer.state, answer.reason))
    assert states == [("good", None), ("revoked", "expired")]


async def test_number_as_key_is_refused(call_as: CallAs, kept: Kept) -> None:
    """A question that names an individual number instead of a serial is refused and recorded."""
    response = await call_as("issuer").post(STATE, {"signing_certificate_serial": NUMBER})
    assert (response.status_code, code_of(response)) == (403, "number_not_allowed")
    assert await kept.refusals() == ["number_not_allowed"]


async def test_state_only_for_issuer_and_card(call_as: CallAs, issued: IssuedCertificates) -> None:
    """The call centre may not ask for the state of a certificate."""
    response = await call_as("call-centre").post(STATE, {"signing_certificate_serial": issued.signature_serial})
    assert (response.status_code, code_of(response)) == (403, "not_permitted")


@pytest.mark.requirement("JUKI-24")
async def test_record_code_behind_a_serial(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """Juki hears the record code behind an authentication certificate's serial, and the answer is on record."""
    response = await call_as("juki").post(RECORD_CODE, a_query(issued.authentication_serial))
    assert response.json()["resident_record_code"] == record_code()
    record = [row for row in await kept.rows(ProvisionRecord) if row.operation == RECORD_CODE]
    assert [(row.client_system, row.fields) for row in record] == [("juki", ["resident_record_code"])]


@pytest.mark.requirement("JUKI-24")
async def test_record_code_not_for_others(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """Any other caller, another kind of certificate and one on hold are refused and recorded."""
    others = await call_as("card").post(RECORD_CODE, a_query(issued.authentication_serial))
    kind = await call_as("juki").post(RECORD_CODE, a_query(issued.signature_serial))
    await call_as("call-centre").post("pki.hold", a_hold(issued.signature_serial))
    held = await call_as("juki").post(RECORD_CODE, a_query(issued.authentication_serial))
    assert [(r.status_code, code_of(r)) for r in (others, kind, held)] == [
        (403, "not_permitted"),
        (404, "certificate_unknown"),
        (409, "certificate_not_in_effect"),
    ]
    assert await kept.refusals() == ["not_permitted", "certificate_unknown", "certificate_not_in_effect"]


@pytest.mark.requirement("LINK-9")
async def test_caller_without_certificate_is_refused(app: Any, issued: IssuedCertificates, kept: Kept) -> None:
    """A peer that shows no certificate, or none that names a system, is told nothing and leaves a record."""
    for certificate, code in ((None, "no_certificate"), (b"no certificate", "unknown_certificate")):
        response = await Caller(app, certificate).post(STATE, {"signing_certificate_serial": issued.signature_serial})
        assert (response.status_code, code_of(response)) == (401, code)
    assert await kept.refusals() == ["no_certificate", "unknown_certificate"]
