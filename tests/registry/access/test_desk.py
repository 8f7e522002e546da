"""The desk of the small service: one transaction, one record, one answer."""

from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar
from sqlalchemy import select

from registry.access.desk import Desk
from registry.access.matrix import Line
from registry.act import Act
from registry.messages.number import Generate, NumberToBe
from registry.postgres.engine import Sessions
from registry.problems import ServiceError
from registry.trail.models import Receipt
from tests.registry.access.small import (
    RECORD_CODE,
    REQUEST,
    body,
    body_of_query,
    communications,
    generate,
    trail,
    with_message,
)
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.peers import client_of


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
        await Desk(sessions, act, line).answer(message, NumberToBe, partial(with_message, generate, message))
    assert refused.value.code == "key_not_allowed"
    silent = replace(line, keys=frozenset({"resident_record_code"}), number=False)
    with pytest.raises(ServiceError) as refused:
        await Desk(sessions, act, silent).answer(message, NumberToBe, partial(with_message, generate, message))
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
