"""Everything that must not happen is tried, and leaves its record."""

import pytest

from tegata.demo.lapse import move_and_lapse
from tegata.demo.refuse import Cast, refuse_everything
from tegata.demo.stage import Holder, Stage

CODES = {
    "wrong PIN": "pin_refused",
    "altered card data": "card_data_signature_invalid",
    "foreign certificate": "holder_signature_invalid",
    "revoked certificate": "certificate_revoked",
    "phone revoked by its maker": "key_attestation_revoked",
    "replayed application": "application_replayed",
    "second application while a record is in force": "record_in_force",
    "search by number": "malformed_request",
    "caller outside the matrix": "not_permitted",
    "caller without certificate": "no_certificate",
    "caller with a revoked certificate": "revoked_certificate",
    "relay asking for records": "not_permitted",
    "relay asked for plaintext": "relay_cannot_open",
}


@pytest.mark.people(3)
@pytest.mark.requirement("MDOC-28", "MDOC-61", "LINK-15", "AUDIT-6")
async def test_everything_wrong_is_refused(stage: Stage, holders: list[Holder]) -> None:
    """Each attempt is answered with its own code, leaves a trace, and changes nothing that a move would change."""
    holder, other, lapsing = holders
    held = stage.contents()
    await move_and_lapse(stage, lapsing)
    changed = {table for table, digest in stage.contents().items() if held[table] != digest}
    assert changed >= {"juki.identity_record", "pki.user_certificate", "issuer.mdoc_management", "parties"}

    tried = await refuse_everything(stage, Cast(holder, lapsing, other))

    assert {refusal.name: refusal.code for refusal in tried} == CODES
    assert [(refusal.name, refusal.recorded, refusal.changed) for refusal in tried if not refusal.ok] == []
