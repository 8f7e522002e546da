"""The mdoc files are provided to nobody, and found by index at any size."""

import pytest
from sqlalchemy import text

from registry.access.matrix import load_matrix
from tests.issuer.smp.conftest import Desk

OWN = {"edge", "pki", "operator"}


@pytest.mark.requirement("MDOC-63")
def test_no_body_may_ask_for_records() -> None:
    """Whoever calls the issuer is its own edge, JPKI or an operator; with a number in it only the phone's messages."""
    lines = [line for line in load_matrix().lines if line.operation.startswith("issuer.")]

    assert set().union(*(line.callers for line in lines)) == OWN
    assert {line.operation for line in lines if line.number} == {"issuer.apply", "issuer.verify"}


@pytest.mark.requirement("MDOC-63")
def test_only_the_card_system_is_told_a_number() -> None:
    """Of what the issuer says to others, only the question to the card system carries a number."""
    lines = [line for line in load_matrix().lines if "issuer" in line.callers]

    assert {line.operation for line in lines if line.number} == {"card.confirm"}
    told = {line.operation.split(".")[0] for line in lines}
    assert told <= {"card", "pki", "relay", "municipal-cs"}


LOOKUPS = (
    "SELECT 1 FROM mdoc_application WHERE message_id = 'a'",
    "SELECT 1 FROM mdoc_application WHERE due_at <= now() ORDER BY due_at LIMIT 1",
    "SELECT 1 FROM mdoc_application WHERE signing_certificate_serial_number = 'a'",
    "SELECT 1 FROM mdoc_management WHERE signing_certificate_serial_number = 'a'",
    "SELECT 1 FROM mdoc_management WHERE card_issue_number = 'a'",
    "SELECT 1 FROM mdoc_management WHERE valid_until <= now() ORDER BY valid_until LIMIT 50",
    "SELECT 1 FROM mdoc_management WHERE replaces = gen_random_uuid()",
    "SELECT 1 FROM device_key WHERE thumbprint = 'a'",
    "SELECT 1 FROM issued_record WHERE mdoc_id = gen_random_uuid()",
    "SELECT 1 FROM holder_credential WHERE credential_id = gen_random_uuid()",
    "SELECT 1 FROM holder_credential_history WHERE credential_id = gen_random_uuid()",
    "SELECT 1 FROM notice WHERE due_at <= now()",
)


@pytest.mark.parametrize("lookup", LOOKUPS)
@pytest.mark.requirement("MDOC-65")
async def test_nobody_reads_ten_million_rows_to_find_one(desk: Desk, lookup: str) -> None:
    """Each lookup of applications and records has an index: among ten million holders it stays quick."""
    async with desk.sessions.begin() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(row[0] for row in await session.execute(text(f"EXPLAIN {lookup}")))

    assert "Seq Scan" not in plan
    assert "Index" in plan
