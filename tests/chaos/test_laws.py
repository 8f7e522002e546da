"""What must hold of the issuer's database: a sound one passes, and each law sees what breaks it."""

from collections.abc import Sequence
from dataclasses import replace
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
    "a stored record was signed": "UPDATE issuance_intent SET state = 'intended'",
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
    "no issue is under way, but for a renewal that is planned": "UPDATE issuance_intent SET state = 'intended'",
    "every entry is what the state of its set says": "UPDATE status_entry SET value = 1",
    "the newest step in the history of a set is its state": "UPDATE mdoc_management SET mdoc_status = 'suspended'",
}
"""What an application role can do to the tables."""

TWICE = "SELECT * FROM {0} UNION ALL SELECT * FROM {0}"
SEEN_OTHERWISE = {
    "an application has one first set": ("mdoc_management", TWICE),
    "a set is renewed once": (
        "mdoc_management",
        "SELECT mdoc_id, mdoc_id AS replaces FROM {0} CROSS JOIN generate_series(1, 2)",
    ),
    "a person has one set in force, and at most its renewal beside it": (
        "mdoc_management",
        (
            "SELECT mdoc_id, card_issue_number, mdoc_status, replaces, now() + interval '1 day' AS valid_until"
            " FROM {0} CROSS JOIN generate_series(1, 2)"
        ),
    ),
    "no two intents have one place": ("issuance_intent", TWICE),
    "no two records have one place": ("issued_record", TWICE),
    "every set that lost effect has its notice to the phone": ("lapse_record", "SELECT mdoc_id FROM mdoc_management"),
    "a completed application has its set": ("mdoc_management", "SELECT * FROM {0} WHERE false"),
}
"""What the database itself would refuse: a law is asked about a table as it would be without that refusal."""

SOUND_AT_LAST = {
    UNDONE: ("outbox_message", "SELECT * FROM {0} WHERE acknowledged_at IS NOT NULL"),
    UNPUBLISHED: ("status_token", "SELECT list_id, version FROM status_list"),
}
"""What is broken here for want of a worker, and the table as a worker leaves it."""


async def broken(desk: Desk, laws: Sequence[Law] = LAWS) -> set[str]:
    """Ask the database of a desk about laws; return which do not hold."""
    async with desk.sessions() as session:
        answers: dict[str, Any] = {law.query: (await session.execute(text(law.query))).fetchall() for law in laws}
    return {each.says for each in violations(lambda query: answers[query], laws)}


def asked_of(says: str, table: str, rows: str) -> Law:
    """A law, asked about other rows than those of one table."""
    law = next(law for law in LAWS if law.says == says)
    return replace(law, query=f"WITH {table} AS ({rows.format(table)}) {law.query}")


def test_every_law_is_seen_to_break() -> None:
    """There is no law without a case below that breaks it."""
    assert {law.says for law in LAWS} == {*BREAKS, *SEEN_OTHERWISE, *SOUND_AT_LAST}


async def test_a_sound_database_breaks_no_law(accepted: Inside) -> None:
    """After an issue that was confirmed everything holds but what the worker has still to send and to publish."""
    await confirmed(accepted)
    assert await broken(accepted.desk) == set(SOUND_AT_LAST)


@pytest.mark.parametrize("says", sorted(BREAKS))
async def test_a_law_sees_what_breaks_it(accepted: Inside, says: str) -> None:
    """A database that was spoilt in one place breaks the law of that place."""
    await confirmed(accepted)
    async with accepted.desk.sessions.begin() as session:
        await session.execute(text(BREAKS[says]))
    assert says in await broken(accepted.desk)


@pytest.mark.parametrize("says", sorted(SEEN_OTHERWISE))
async def test_a_law_sees_what_the_database_refuses(accepted: Inside, says: str) -> None:
    """Were a constraint gone, the law would find what it kept out."""
    await confirmed(accepted)
    assert says in await broken(accepted.desk, [asked_of(says, *SEEN_OTHERWISE[says])])


@pytest.mark.parametrize("says", sorted(SOUND_AT_LAST))
async def test_a_law_about_the_end_holds_when_a_worker_has_done_its_part(accepted: Inside, says: str) -> None:
    """Unsent and unpublished here, it is broken; sent and published it holds."""
    await confirmed(accepted)
    assert says in await broken(accepted.desk)
    assert await broken(accepted.desk, [asked_of(says, *SOUND_AT_LAST[says])]) == set()
