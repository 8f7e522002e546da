"""Rows that are entered as they stand: few by statement, many by COPY, and both the same afterwards."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from issuer.authority.models import IssuanceIntent
from issuer.smp.application.models import DeviceKey
from issuer.smp.record.models import HolderCredential, HolderCredentialHistory, IssuedRecord, RecordSet
from registry.act import Act, job
from registry.outbox.models import OutboxMessage
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.postgres.rows import MANY, _defaults, _types, enter
from registry.trail.models import ProvisionRecord
from registry.trail.provide import leave, provision
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


@pytest.fixture
def act(entropy: SeededBytes) -> Act:
    """An act of a worker."""
    return job("issuer", "issuer.renew", at=START, random=entropy)


def records(act: Act, count: int) -> list[ProvisionRecord]:
    """Records with texts, bytes, an array, a boolean, instants and what is not there."""
    acts = [replace(act, at=START + timedelta(microseconds=number)) for number in range(count)]
    said: dict[str, Any] = {"reason": "渡した", "fields": ["name", "住所"], "number": True}
    return [provision(one, subject=bytes([number % 256]), **said) for number, one in enumerate(acts)]


@pytest.mark.parametrize("count", [0, 1, MANY - 1, MANY, 3 * MANY])
async def test_few_and_many(sessions: Sessions, act: Act, count: int) -> None:
    """Whatever their number, rows stand in the table as they were given; columns of the server have its default."""
    given = records(act, count)
    async with sessions.begin() as session:
        await leave(session, given)
    async with sessions() as session:
        found = list(await session.scalars(select(ProvisionRecord).order_by(ProvisionRecord.at)))
    columns = [column.name for column in ProvisionRecord.__table__.columns if column.server_default is None]
    assert [[getattr(one, name) for name in columns] for one in found] == [
        [getattr(one, name) for name in columns] for one in given
    ]
    assert all(one.written for one in found)


def letters(act: Act, count: int) -> list[dict[str, Any]]:
    """Rows of the outbox."""
    at = {"at": START, "next_attempt_at": START, "request_id": act.request_id}
    return [
        {"id": act.new_id(), "operation": "relay.push", "sealed": b"\x00\xff" * 9, "attempts": 0, **at}
        for _ in range(count)
    ]


def test_the_model_says_what_rows_leave_out() -> None:
    """A column that no row names has the default of its model; where that has none, the server says what it is."""
    table: Any = RecordSet.__table__
    unnamed = {"deleted_flag": False, "certificate_on_hold": False, "reissue_owed": False}
    assert dict(_defaults(table, frozenset())) == unnamed
    assert "deleted_flag" not in _defaults(table, frozenset({"mdoc_id", "deleted_flag"}))


@pytest.mark.parametrize(("count", "error"), [(2, IntegrityError), (MANY, psycopg.errors.UniqueViolation)])
async def test_a_refused_row_is_not_quoted(
    sessions: Sessions, act: Act, count: int, error: type[DBAPIError | psycopg.Error]
) -> None:
    """One that stands there already is refused with all others; the error names the constraint and no value."""
    rows = letters(act, count)
    rows[-1]["id"] = rows[0]["id"]
    with pytest.raises(error) as refused:
        async with sessions.begin() as session:
            await enter(session, OutboxMessage, rows)
    assert "outbox_message_pkey" in str(refused.value)
    assert str(rows[0]["id"]) not in str(refused.value)
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


async def test_many_go_with_their_transaction(sessions: Sessions, act: Act) -> None:
    """What was copied is gone when the act is."""

    async def broken_off() -> None:
        async with sessions.begin() as session:
            await enter(session, OutboxMessage, letters(act, MANY))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await broken_off()
    async with sessions() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxMessage)) == 0


@pytest.mark.parametrize(
    "kind",
    [
        DeviceKey,
        HolderCredential,
        HolderCredentialHistory,
        IssuanceIntent,
        IssuedRecord,
        OutboxMessage,
        ProvisionRecord,
        RecordSet,
    ],
)
def test_the_driver_knows_every_type(kind: Any) -> None:
    """The name of each column's type is one that the driver has bytes for, or its array's."""
    for name in _types(kind.__table__, tuple(kind.__table__.columns.keys())):
        assert psycopg.adapters.types.get(name.removesuffix("[]")) is not None, name
