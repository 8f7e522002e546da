from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from registry.messages.number import Generate, NumberToBe, Trace, Traced
from registry.peer.call import Refused
from registry.trail.models import ProvisionRecord
from tests.registry.number.asking import ONE, TWO, changed, generated
from tests.support.stores import OpenStore

HUMAN = {"operator": "op-1", "terminal": "term-1"}


async def traced(number: OpenStore, code: str = ONE, **named: Any) -> Traced:
    """Trace as an operator."""
    message = Trace(request_id=UUID(int=9), resident_record_code=code)
    return await number.ask("operator", None, "number.trace", message, Traced, **named)


@pytest.mark.requirement("NUM-18")
async def test_pairs_and_notices_are_shown_without_a_number(number: OpenStore) -> None:
    """An operator sees when numbers were generated and to whom they went; no number is in the answer."""
    former = (await generated(number)).individual_number
    number.clock.advance(days=1)
    current = (await changed(number, former)).individual_number
    answer = await traced(number, **HUMAN)
    assert [(pair.current, pair.cause, pair.paid_out_date) for pair in answer.pairs] == [
        (False, "generation", date(2026, 4, 10)),
        (True, "mayor", date(2026, 4, 11)),
    ]
    assert [(notice.recipient, notice.operation) for notice in answer.provisions] == [
        ("juki", "number.generate"),
        ("juki", "number.change"),
    ]
    assert not any(value.encode() in msgspec.json.encode(answer) for value in (former, current, ONE))


@pytest.mark.requirement("NUM-18", "AUDIT-9")
async def test_the_trace_is_itself_recorded(number: OpenStore) -> None:
    """The query leaves a record with the operator and the terminal, because here a human acted."""
    await generated(number)
    await traced(number, **HUMAN)
    async with number.parts.sessions() as session:
        record = await session.scalar(select(ProvisionRecord).where(ProvisionRecord.operation == "number.trace"))
    assert record is not None
    assert (record.operator, record.terminal, record.outcome, record.number_included) == (
        "op-1",
        "term-1",
        "provided",
        False,
    )


@pytest.mark.requirement("NUM-18", "AUDIT-6")
@pytest.mark.parametrize("named", [{}, {"operator": "op-1"}, {"terminal": "term-1"}])
async def test_an_unnamed_operator_is_refused(number: OpenStore, named: dict[str, str]) -> None:
    """Operator and terminal must both be named, and the refusal is recorded."""
    await generated(number)
    with pytest.raises(Refused, match="operator_required"):
        await traced(number, **named)
    async with number.parts.sessions() as session:
        assert "operator_required" in set(await session.scalars(select(ProvisionRecord.refusal)))


async def test_an_unknown_code_is_refused(number: OpenStore) -> None:
    """A record code without a pair is answered by its own code."""
    with pytest.raises(Refused, match="record_code_unknown"):
        await traced(number, TWO, **HUMAN)


@pytest.mark.requirement("AUDIT-9")
async def test_a_machine_that_names_an_operator_is_refused(number: OpenStore) -> None:
    """Between two servers nobody operates: a named operator there would be a fake one."""
    message = Generate(request_id=UUID(int=1), resident_record_code=ONE)
    with pytest.raises(Refused, match="operator_not_expected"):
        await number.ask("juki", None, "number.generate", message, NumberToBe, **HUMAN)
