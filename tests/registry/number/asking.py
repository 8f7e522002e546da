"""What juki asks of the number system."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from registry.messages.codes import number_check_digit, record_code_check_digit
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe
from registry.peer.call import Refused
from tests.support.stores import OpenStore


def record_code(n: int) -> str:
    """Return the n-th record code of the tests."""
    body = f"{n:010d}"
    return body + record_code_check_digit(body)


ONE, TWO, THREE = record_code(1), record_code(2), record_code(3)
OTHER_NUMBER = "12345678901" + number_check_digit("12345678901")


async def rows(number: OpenStore, table: type[Any]) -> Sequence[Any]:
    """Return all rows of a table."""
    async with number.parts.sessions() as session:
        return (await session.scalars(select(table))).all()


async def generated(number: OpenStore, code: str = ONE, request: UUID | None = None) -> NumberToBe:
    """Ask for a number as juki."""
    message = Generate(request_id=request or UUID(int=1), resident_record_code=code)
    return await number.ask("juki", None, "number.generate", message, NumberToBe)


async def changed(
    number: OpenStore, former: str, *, code: str = ONE, request: int = 100, ground: str = "mayor"
) -> NumberToBe:
    """Ask for a change of number as juki."""
    message = ChangeNumber(
        request_id=UUID(int=request),
        resident_record_code=code,
        former_number=former,
        ground="resident" if ground == "resident" else "mayor",
    )
    return await number.ask("juki", None, "number.change", message, NumberToBe)


async def recoded(number: OpenStore, before: str = ONE, after: str = TWO, request: int = 200) -> Acknowledged:
    """Notify as juki that a record code has changed."""
    message = ChangeRecordCode(request_id=UUID(int=request), before=before, after=after)
    return await number.ask("juki", None, "number.change_record_code", message, Acknowledged)


async def refused_with(code: str, awaitable: Any) -> None:
    """Check that a call is answered by a problem with this code."""
    with pytest.raises(Refused) as caught:
        await awaitable
    assert caught.value.code == code
