"""What must hold of the issuer's database: a sound one passes, and each law sees what breaks it."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from tests.chaos.laws import LAWS, Law, violations
from tests.issuer.conftest import Inside
from tests.issuer.provisioning.day import confirmed
from tests.issuer.smp.conftest import Desk

UNDONE = "whatever was to be sent has been acknowledged"
"""In these tests nobody sends."""

UNPUBLISHED = "every list is published as it stands"
"""And nobody publishes."""

BREAKS = {
    "a released issue has its set in the books": "UPDATE issuance SET set_id = gen_random_uuid()",
    "a set in the books was released": "UPDATE issuance SET state = 'running'",
    "a signed record is stored with its place and its device key": (
        "UPDATE issuance_intent SET device_key_thumbprint = ''"
    ),
    "a stored record was signed": "UPDATE issuance_intent SET state = 'signing'",
    "each device key of a phone has one record in a set": (
        "INSERT INTO device_key (thumbprint, application_id, position, use, public_point, generation)"
        " SELECT 'x', application_id, 9, 'record', 'x', 0 FROM mdoc_application"
    ),
    "what was given up is INVALID and in no record": "UPDATE issuance_intent SET state = 'given_up'",
    "every notice of a lapse has been confirmed by its phone": (
        "INSERT INTO notice (notice_id, application_id, mdoc_id, kind, at, times_sent)"
        " SELECT gen_random_uuid(), application_id, mdoc_id, 'lapsed', now(), 0 FROM mdoc_management"
    ),
    "every step of a set is in its history and in the trail, equally often": (
        "INSERT INTO provision_record SELECT gen_random_uuid(), at, outcome, refusal, system, operation, client_system,"
        " client_body, recipient, reason, affair, key_kind, subject, fields, number_included, operator, terminal,"
        " end_user, request_id FROM provision_record WHERE reason = 'active:confirmed'"
    ),
    "every set that lost effect has one deciding cause": "UPDATE mdoc_management SET mdoc_status = 'revoked'",
    "every rejected application left a refusal with its code": (
        "UPDATE mdoc_application SET application_status = 'rejected', application_detail_status = 'card_mismatch'"
    ),
    "no application is under way, but for one whose unconfirmed set is suspended": (
        "UPDATE mdoc_application SET application_status = 'sending'"
    ),
    "every other affair was turned down, or waits for nothing but its phone": (
        "UPDATE mdoc_application SET application_type = 'suspend', application_status = 'accepted'"
    ),
    "no issue is under way, but for a renewal that is planned": "UPDATE issuance_intent SET state = 'signing'",
    "every entry is what the state of its set says": "UPDATE status_entry SET value = 1",
}


async def broken(desk: Desk, laws: Sequence[Law] = LAWS) -> set[str]:
    """Ask the database of a desk about laws; return which do not hold."""
    async with desk.sessions() as session:
        answers: dict[str, Any] = {law.query: (await session.execute(text(law.query))).fetchall() for law in laws}
    return {each.says for each in violations(lambda query: answers[query], laws)} - {UNDONE, UNPUBLISHED}


async def test_a_sound_database_breaks_no_law(accepted: Inside) -> None:
    """After an issue that was confirmed everything holds but what the worker has still to send and to publish."""
    await confirmed(accepted)
    assert await broken(accepted.desk) == set()


@pytest.mark.parametrize("says", sorted(BREAKS))
async def test_a_law_sees_what_breaks_it(accepted: Inside, says: str) -> None:
    """A database that was spoilt in one place breaks the law of that place."""
    await confirmed(accepted)
    async with accepted.desk.sessions.begin() as session:
        await session.execute(text(BREAKS[says]))
    assert says in await broken(accepted.desk)
