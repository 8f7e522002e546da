"""What is on its way to others, opened."""

from typing import Any

from issuer.smp.record.models import RecordSet
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from registry.trail.models import ProvisionRecord
from tests.issuer.conftest import Inside
from tests.support.applications import Phone


async def sent(inside: Inside, operation: str) -> list[bytes]:
    """The bodies of what waits in the outbox for one operation, in order."""
    rows = await inside.desk.rows(OutboxMessage, operation=operation)
    return [inside.desk.tools.sealer.open(row.sealed, CONTEXT) for row in sorted(rows, key=lambda row: row.at)]


async def letters(inside: Inside, phone: Phone | None = None) -> list[dict[str, Any]]:
    """The bundles on their way, as the phone opens them."""
    return [letter for letter in await inside.pushed(phone) if letter["type"] == "bundle"]


async def set_of(inside: Inside) -> RecordSet:
    """The only set."""
    (record_set,) = await inside.desk.rows(RecordSet)
    assert isinstance(record_set, RecordSet)
    return record_set


async def refusals(inside: Inside, operation: str) -> list[str | None]:
    """The codes that the trail holds for an operation."""
    rows = await inside.desk.rows(ProvisionRecord, operation=operation, outcome="refused")
    return [row.refusal for row in rows]
