from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from issuer.authority import compromise
from issuer.authority.models import IssuanceIntent, RevokedSigner
from issuer.smp.record.models import IssuedRecord
from registry.outbox.queue import Worker
from registry.postgres.engine import Sessions
from tests.issuer.test_app import apply, fresh_nonce, post
from tests.support.applications import a_holder, an_application
from tests.support.attestations import a_phone
from tests.support.clock import START, FrozenClock
from tests.support.hierarchy import hierarchy

SERIAL = f"{hierarchy().certificate('document_signer').serial_number:x}"
HUMAN = {"Tegata-Operator": "operator-1", "Tegata-Terminal": "console-1"}


def revoked(serial: str = SERIAL) -> dict[str, str]:
    """What the IACA tells."""
    event = str(UUID(int=1, version=4))
    return {"event_id": event, "serial": serial, "cause": "key_compromise", "since": START.isoformat()}


async def found(app: Litestar, serial: str, after: str | None = None) -> httpx.Response:
    """Ask as an operator does."""
    question = {"request_id": str(UUID(int=2, version=4)), "serial": serial, "after": after}
    return await post(app, "operator", "records_under_signer", question, **HUMAN)


async def test_a_revoked_signer_is_noted_once(app: Litestar, sessions: Sessions) -> None:
    """What the IACA tells is kept; told twice, nothing changes; nobody else may tell it."""
    for _ in range(2):
        assert (await post(app, "pki", "signer_revoked", revoked())).status_code == 200
    assert (await post(app, "card", "signer_revoked", revoked("1"))).status_code == 403
    async with sessions() as session:
        rows = (await session.scalars(select(RevokedSigner.serial))).all()
    assert list(rows) == [SERIAL]


async def test_records_of_a_signer_are_listed(
    app: Litestar, worker: Worker, clock: FrozenClock, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator gets the ids of the records that a signer signed, in pages, and nothing for another signer."""
    answer = await apply(app, an_application(a_holder(), a_phone(), await fresh_nonce(app)))
    assert answer.status_code == 202
    await worker.drain(clock())
    async with sessions() as session:
        records = sorted((await session.scalars(select(IssuedRecord.record_id))).all())
        assert set(await session.scalars(select(IssuanceIntent.signer))) == {SERIAL}
    whole = (await found(app, SERIAL)).json()
    assert (whole["record_ids"], whole["more"]) == ([str(each) for each in records], False)
    assert len(records) > 1

    monkeypatch.setattr(compromise, "PAGE", 1)
    first = (await found(app, SERIAL)).json()
    rest = (await found(app, SERIAL, first["record_ids"][-1])).json()
    assert (first["record_ids"], first["more"]) == ([str(records[0])], True)
    assert rest["record_ids"] == [str(records[1])]
    assert (await found(app, "1")).json()["record_ids"] == []


async def test_a_revoked_signer_signs_nothing_more(
    app: Litestar, worker: Worker, clock: FrozenClock, sessions: Sessions
) -> None:
    """After the notice an accepted application is not signed with the revoked key."""
    await post(app, "pki", "signer_revoked", revoked())
    await apply(app, an_application(a_holder(), a_phone(), await fresh_nonce(app)))
    await worker.run_step("verify", clock())
    await worker.run_step("issue", clock() + timedelta(seconds=1))
    async with sessions() as session:
        assert (await session.scalars(select(IssuanceIntent.state))).all() == []
