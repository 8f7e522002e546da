"""What the tests of sets look at: status lists, letters, the outbox."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from issuer.smp.letters import letter_info
from issuer.smp.record.models import IssuedRecord
from issuer.status_list.models import StatusEntry
from registry.messages.relay import Push
from registry.messages.smp import JpkiEvent
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from tests.issuer.smp.conftest import Desk
from tests.support.attestations import Phone

Statuses = Callable[[UUID], Awaitable[set[int]]]
Letters = Callable[[Phone], Awaitable[list[dict[str, Any]]]]
Sent = Callable[[str], Awaitable[list[dict[str, Any]]]]


def event(serial: str, kind: str, cause: str, number: int = 1, *, desk: Desk) -> JpkiEvent:
    """An event of JPKI about a signing certificate."""
    return JpkiEvent(
        event_id=UUID(int=number),
        signing_certificate_serial=serial,
        kind=kind,  # type: ignore[arg-type] # the cases name kinds of the closed list
        cause=cause,  # type: ignore[arg-type]
        occurred_at=desk.clock(),
    )


@pytest.fixture
def statuses(desk: Desk) -> Statuses:
    """The values that stand in the status lists for the records of a set."""

    async def read(set_id: UUID) -> set[int]:
        values = set()
        for record in await desk.rows(IssuedRecord, mdoc_id=set_id):
            (entry,) = await desk.rows(StatusEntry, list_id=record.status_list_id, idx=record.status_idx)
            values.add(entry.value)
        return values

    return read


@pytest.fixture
def sent(desk: Desk) -> Sent:
    """The messages of one operation that wait in the outbox, in order."""

    async def read(operation: str) -> list[dict[str, Any]]:
        rows = await desk.rows(OutboxMessage, operation=operation)
        rows.sort(key=lambda row: row.at)
        return [msgspec.json.decode(desk.tools.sealer.open(row.sealed, CONTEXT)) for row in rows]

    return read


@pytest.fixture
def letters(desk: Desk, sent: Sent) -> Letters:
    """The letters to a phone, opened with its key."""
    suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)

    async def read(phone: Phone) -> list[dict[str, Any]]:
        opened = []
        for body in await sent("relay.push"):
            push = msgspec.convert(body, Push, strict=False)
            info = letter_info(push.app_install_id, push.letter_id)
            opened.append(msgspec.json.decode(suite.decrypt(push.sealed, phone.sealing_key, info=info)))
        return opened

    return read
