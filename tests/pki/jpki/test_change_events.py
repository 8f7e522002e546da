from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, get_args

import msgspec
import pytest

from pki.jpki.change_events import ENDS
from pki.jpki.models import AUTHENTICATION, SIGNATURE, CertificateHistory, UserCertificate
from registry.messages.jpki import IssuedCertificates, PersonChanged
from registry.messages.juki import Reason
from tests.pki.conftest import CallAs, a_uuid
from tests.pki.jpki.conftest import NUMBER, Kept, code_of, record_code

OPERATION = "pki.person_changed"
StateOf = Callable[[str], Awaitable[dict[str, Any]]]


def a_change(reason: str, number: int = 400, **changes: Any) -> PersonChanged:
    """A change event of the juki server."""
    fields: dict[str, Any] = {
        "event_id": a_uuid(number),
        "resident_record_code": record_code(),
        "reason": reason,
        "change_date": date(2026, 4, 10),
    }
    return PersonChanged(**(fields | changes))


def test_every_reason_has_its_line() -> None:
    """Each cause of update of the juki server says which certificates it ends."""
    assert set(ENDS) == set(get_args(Reason))


@pytest.mark.requirement("MDOC-37")
async def test_move_ends_the_signature_certificate(
    call_as: CallAs, issued: IssuedCertificates, kept: Kept, state_of: StateOf
) -> None:
    """A change of address revokes the signature certificate only, and SMP is told the serial and the cause."""
    response = await call_as("juki").post(OPERATION, a_change("move_within"))
    assert response.status_code == 200
    assert await state_of(issued.signature_serial) | {"since": None} == {
        "signing_certificate_serial": issued.signature_serial,
        "state": "revoked",
        "reason": "move_within",
        "since": None,
    }
    states = {row.kind: row.state for row in await kept.rows(UserCertificate)}
    assert states == {SIGNATURE: "revoked", AUTHENTICATION: "good"}
    (event,) = await kept.events()
    assert (event.kind, event.cause, event.signing_certificate_serial) == (
        "revoked",
        "move_within",
        issued.signature_serial,
    )


@pytest.mark.parametrize(("reason", "ended"), sorted((reason, ended) for reason, ended in ENDS.items()))
async def test_each_reason_ends_what_its_line_says(
    call_as: CallAs, issued: IssuedCertificates, kept: Kept, reason: str, ended: frozenset[str]
) -> None:
    """A minor correction ends nothing, a change of the items the signature certificate, death both."""
    await call_as("juki").post(OPERATION, a_change(reason))
    revoked = {row.kind for row in await kept.rows(UserCertificate) if row.state == "revoked"}
    assert revoked == ended
    assert len(await kept.events()) == (SIGNATURE in ended)


async def test_event_sent_twice_acts_once(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """The same event again is acknowledged and changes nothing."""
    for _ in range(2):
        assert (await call_as("juki").post(OPERATION, a_change("death"))).status_code == 200
    assert len(await kept.events()) == 1
    assert len(await kept.rows(CertificateHistory)) == 4


async def test_event_id_for_another_change_is_refused(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """Another change under a used event id is refused, recorded and changes nothing."""
    await call_as("juki").post(OPERATION, a_change("minor_correction"))
    response = await call_as("juki").post(OPERATION, a_change("death"))
    assert (response.status_code, code_of(response)) == (409, "request_id_reused")
    assert {row.state for row in await kept.rows(UserCertificate)} == {"good"}


async def test_person_without_certificates_is_acknowledged(call_as: CallAs, kept: Kept) -> None:
    """A change of somebody who has no certificate is acknowledged and tells SMP nothing."""
    response = await call_as("juki").post(OPERATION, a_change("death", resident_record_code=record_code("9876543210")))
    assert response.status_code == 200
    assert await kept.events() == []


@pytest.mark.requirement("MDOC-37")
async def test_items_cannot_be_sent(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A change event with new items is refused and recorded: nothing is edited in place."""
    body = {
        "event_id": str(a_uuid(1)),
        "resident_record_code": record_code(),
        "reason": "move_within",
        "change_date": "2026-04-10",
        "address": "新しい住所",
    }
    response = await call_as("juki").post(OPERATION, body)
    assert (response.status_code, code_of(response)) == (400, "malformed_request")
    assert await kept.refusals() == ["malformed_request"]
    assert {row.state for row in await kept.rows(UserCertificate)} == {"good"}


@pytest.mark.requirement("LINK-5")
async def test_number_from_juki_is_refused(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A change event that carries an individual number is refused and recorded, and the number is not echoed."""
    event = msgspec.to_builtins(a_change("death"))
    response = await call_as("juki").post(OPERATION, event | {"individual_number": NUMBER})
    assert (response.status_code, code_of(response)) == (400, "malformed_request")
    assert NUMBER not in response.text
    assert await kept.refusals() == ["malformed_request"]
    assert {row.state for row in await kept.rows(UserCertificate)} == {"good"}


async def test_only_juki_reports_changes(call_as: CallAs, issued: IssuedCertificates, kept: Kept) -> None:
    """A change event of another system is refused by the matrix."""
    response = await call_as("card").post(OPERATION, a_change("death"))
    assert (response.status_code, code_of(response)) == (403, "not_permitted")
    assert await kept.refusals() == ["not_permitted"]
