"""The guard and the desk of a small service with three operations of the matrix."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Controller, Litestar, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry.access.desk import Desk
from registry.access.guard import Gate
from registry.access.matrix import Line, load_matrix
from registry.act import Act
from registry.messages.card import NoQuery, PrintResult, StateCounts
from registry.messages.juki import UserInformationQuery
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeRecordCode, Generate, NumberToBe
from registry.peer.crl import StaleList
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.problems import ServiceError
from registry.service import build_service
from registry.trail.models import CommunicationRecord, ProvisionRecord, Receipt
from registry.trail.provide import provide
from tests.support.clock import START, FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.mechanics.database import MECHANICS_ONLY
from tests.support.peers import client_of

RECORD_CODE = "10000000010"
REQUEST = UUID(int=7)
REVOKED_SERIAL = 4711


async def generate(session: AsyncSession, act: Act, message: Generate) -> NumberToBe:
    """Provide a number, with its record."""
    await provide(session, act, subject=b"s" * 32, reason="act-8-2", fields=["individual_number"], number=True)
    return NumberToBe(
        request_id=message.request_id,
        resident_record_code=message.resident_record_code,
        individual_number="123456789018",
    )


async def refuse_always(session: AsyncSession, act: Act, message: ChangeRecordCode) -> Acknowledged:
    """Write something, then refuse."""
    await provide(session, act, subject=b"s" * 32, reason="x", fields=[], number=False)
    raise ServiceError("not_found", "There is no such code.")


async def acknowledge(session: AsyncSession, act: Act, message: PrintResult) -> Acknowledged:
    """Note the message, and say a fresh word each time."""
    await provide(session, act, subject=b"s" * 32, reason="printed", fields=[], number=False)
    return Acknowledged(reference=act.new_id())


async def crash_always(session: AsyncSession, act: Act, message: NoQuery) -> StateCounts:
    """Write something, then fall over."""
    await provide(session, act, subject=b"s" * 32, reason="x", fields=[], number=False)
    raise RuntimeError("secret words")


class Small(Controller):
    """Operations of several systems, as if one had them all."""

    path = ""

    @post("/number/generate", operation="number.generate", status_code=200)
    async def generate(self, data: JSONBody[Generate], desk: NamedDependency[Desk]) -> NumberToBe:
        """Answer at the desk."""
        return await desk.answer(data, NumberToBe, partial(_with, generate, data))

    @post("/number/change_record_code", operation="number.change_record_code", status_code=200)
    async def change(self, data: JSONBody[ChangeRecordCode], desk: NamedDependency[Desk]) -> Acknowledged:
        """Answer at the desk."""
        return await desk.answer(data, Acknowledged, partial(_with, refuse_always, data))

    @post("/card/counts", operation="card.counts", status_code=200)
    async def counts(self, data: JSONBody[NoQuery], desk: NamedDependency[Desk]) -> StateCounts:
        """Answer at the desk."""
        return await desk.answer(data, StateCounts, partial(_with, crash_always, data))

    @post("/card/print_result", operation="card.print_result", status_code=200)
    async def printed(self, data: JSONBody[PrintResult], desk: NamedDependency[Desk]) -> Acknowledged:
        """Answer at the desk."""
        return await desk.answer(data, Acknowledged, partial(_with, acknowledge, data))

    @post("/juki/user_information", operation="juki.user_information", status_code=200)
    async def too_much(self, data: JSONBody[UserInformationQuery], desk: NamedDependency[Desk]) -> NumberToBe:
        """Answer at the desk."""
        return await desk.answer(data, NumberToBe, partial(_with, generate, data))


async def _with(step: Any, message: Any, session: AsyncSession, act: Act) -> Any:
    return await step(session, act, message)


def is_revoked(serial: int, at: datetime) -> bool:
    """Answer for the revocation list."""
    if serial == 1:
        raise StaleList
    return serial == REVOKED_SERIAL


@pytest.fixture
def database() -> Database:
    """Return the database that holds the mechanics alone."""
    return MECHANICS_ONLY


@pytest.fixture
def app(sessions: Sessions, clock: FrozenClock, entropy: SeededBytes) -> Litestar:
    """Return the small service."""
    gate = Gate("number", load_matrix(), sessions, clock, entropy, is_revoked)
    return build_service(gate=gate, title="Small", controllers=[Small], dependencies={})


@pytest.fixture
async def juki(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client with juki's certificate."""
    async with client_of(app, "juki") as client:
        yield client


def body(**more: Any) -> bytes:
    """Return a request to generate."""
    return msgspec.json.encode({"request_id": str(REQUEST), "resident_record_code": RECORD_CODE} | more)


async def trail(sessions: Sessions) -> list[ProvisionRecord]:
    """Return the provision records."""
    async with sessions() as session:
        return list(await session.scalars(select(ProvisionRecord)))


async def communications(sessions: Sessions) -> list[tuple[str | None, str | None, str]]:
    """Return peer, operation and outcome of each communication."""
    async with sessions() as session:
        rows = await session.scalars(select(CommunicationRecord))
        return [(row.peer, row.operation, row.outcome) for row in rows]


@pytest.mark.requirement("AUDIT-1", "AUDIT-9", "AUDIT-11")
async def test_a_provision_leaves_its_record_without_an_operator(juki: httpx.AsyncClient, sessions: Sessions) -> None:
    """A machine call that is answered leaves a provision record without an operator, and a communication record."""
    answer = await juki.post("/number/generate", content=body())

    (record,) = await trail(sessions)
    assert answer.status_code == 200
    assert (record.outcome, record.client_system, record.operator) == ("provided", "juki", None)
    assert (record.fields, record.number_included, record.key_kind) == (
        ["individual_number"],
        True,
        "resident_record_code",
    )
    assert await communications(sessions) == [("juki", "number.generate", "done")]


@pytest.mark.requirement("AUDIT-6", "AUDIT-20")
async def test_a_refusal_undoes_the_act_and_is_recorded(juki: httpx.AsyncClient, sessions: Sessions) -> None:
    """What the step wrote before it refused is gone; the refusal stays."""
    message = {"request_id": str(REQUEST), "before": RECORD_CODE, "after": "20000000013"}

    answer = await juki.post("/number/change_record_code", content=msgspec.json.encode(message))

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert [(r.outcome, r.refusal) for r in await trail(sessions)] == [("refused", "not_found")]


async def test_a_crash_says_nothing_but_a_reference(app: Litestar, sessions: Sessions) -> None:
    """An unforeseen error answers 500 and a reference, tells nothing of itself, and is recorded."""
    async with client_of(app, "operator") as client:
        headers = {"Tegata-Operator": "op-1", "Tegata-Terminal": "t-1"}
        answer = await client.post("/card/counts", content=body_of_query(), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert b"secret" not in answer.content
    (record,) = await trail(sessions)
    assert (record.refusal, record.operator, record.terminal) == ("internal_error", "op-1", "t-1")


def body_of_query() -> bytes:
    """Return a question without a key."""
    return msgspec.json.encode({"request_id": str(REQUEST)})


CALLERS = [
    (None, {}, 401, "no_certificate"),
    ("juki", {"purpose": False}, 401, "unknown_certificate"),
    ("juki", {"serial": REVOKED_SERIAL}, 403, "revoked_certificate"),
    ("juki", {"serial": 1}, 503, "stale_revocation_list"),
    ("card", {}, 403, "not_permitted"),
]


@pytest.mark.requirement("LINK-1", "LINK-9", "AUDIT-6", "NUM-14")
@pytest.mark.parametrize(("system", "named", "status", "code"), CALLERS)
async def test_wrong_callers_are_refused_and_recorded(
    app: Litestar, sessions: Sessions, system: str | None, named: dict[str, Any], status: int, code: str
) -> None:
    """No certificate, a certificate of no system, a revoked one, a stale list, a caller outside the matrix."""
    async with client_of(app, system, **named) as client:
        answer = await client.post("/number/generate", content=body())

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [(r.outcome, r.refusal) for r in await trail(sessions)] == [("refused", code)]


@pytest.mark.requirement("AUDIT-9")
async def test_a_machine_caller_may_not_name_an_operator(juki: httpx.AsyncClient, sessions: Sessions) -> None:
    """A fake operator name from a machine is refused."""
    answer = await juki.post("/number/generate", content=body(), headers={"Tegata-Operator": "batch"})

    assert answer.json()["code"] == "operator_not_expected"
    assert [r.refusal for r in await trail(sessions)] == ["operator_not_expected"]


async def test_an_operator_edge_needs_operator_and_terminal(app: Litestar) -> None:
    """Operator operations are refused where no person is named."""
    async with client_of(app, "operator") as client:
        answer = await client.post("/card/counts", content=body_of_query())

    assert answer.json()["code"] == "operator_required"


@pytest.mark.parametrize(
    "change", [{"resident_record_code": "10000000011"}, {"name": "x"}, {"resident_record_code": 1}]
)
@pytest.mark.requirement("NUM-14")
async def test_malformed_messages_are_refused_and_recorded(
    juki: httpx.AsyncClient, sessions: Sessions, change: dict[str, Any]
) -> None:
    """A wrong check digit, an extra field and a wrong type are refused without quoting the request."""
    answer = await juki.post("/number/generate", content=body(**change))

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert b"1000000001" not in answer.content
    assert [r.refusal for r in await trail(sessions)] == ["malformed_request"]


async def test_a_key_outside_the_matrix_is_refused(app: Litestar, sessions: Sessions) -> None:
    """The kind of key decides before the step runs; so does a number where the line forbids one."""
    line = Line("E-04", "number.generate", frozenset({"juki"}), frozenset({"certificate_serial"}), number=True)
    act = Act("number.generate", "number", "juki", REQUEST, START, SeededBytes())
    message = Generate(request_id=REQUEST, resident_record_code=RECORD_CODE)

    with pytest.raises(ServiceError) as refused:
        await Desk(sessions, act, line).answer(message, NumberToBe, partial(_with, generate, message))
    assert refused.value.code == "key_not_allowed"
    silent = replace(line, keys=frozenset({"resident_record_code"}), number=False)
    with pytest.raises(ServiceError) as refused:
        await Desk(sessions, act, silent).answer(message, NumberToBe, partial(_with, generate, message))
    assert refused.value.code == "number_not_allowed"


def print_result(result: str) -> bytes:
    """Return a report of the printing contractor."""
    return msgspec.json.encode({"print_request_number": "P1", "result": result})


async def test_a_doubled_message_hears_the_same_and_another_one_is_refused(app: Litestar, sessions: Sessions) -> None:
    """An idempotency key is answered once; the same key with another message is refused."""
    headers = {"Idempotency-Key": "key-1"}

    async with client_of(app, "printing-contractor") as printer:
        first = await printer.post("/card/print_result", content=print_result("posted"), headers=headers)
        second = await printer.post("/card/print_result", content=print_result("posted"), headers=headers)
        third = await printer.post("/card/print_result", content=print_result("failed"), headers=headers)

    assert first.content == second.content
    assert third.json()["code"] == "key_reused"
    assert [r.outcome for r in await trail(sessions)] == ["provided", "refused"]


async def test_no_number_rests_in_a_receipt(juki: httpx.AsyncClient, sessions: Sessions) -> None:
    """An answer with a number is not kept for repetitions: the operation itself recognises them."""
    await juki.post("/number/generate", content=body(), headers={"Idempotency-Key": "key-1"})

    async with sessions() as session:
        assert list(await session.scalars(select(Receipt))) == []


async def test_unknown_paths_answer_with_a_problem(juki: httpx.AsyncClient) -> None:
    """What is not served is a problem document too."""
    answer = await juki.post("/number/erase", content=b"{}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_route_without_operation_is_not_served(
    sessions: Sessions, clock: FrozenClock, entropy: SeededBytes
) -> None:
    """A service with a route past the matrix does not start."""

    @post("/bare")
    async def bare() -> None:
        """Do nothing."""

    gate = Gate("number", load_matrix(), sessions, clock, entropy, is_revoked)
    with pytest.raises(ValueError, match="names no operation"):
        build_service(gate=gate, title="Bare", controllers=[bare], dependencies={})
