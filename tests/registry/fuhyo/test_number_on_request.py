from typing import Any
from uuid import UUID

import msgspec
import pytest

from registry.access.affairs import load_affairs
from registry.access.matrix import load_matrix
from registry.act import Act
from registry.errors import RegistryError
from registry.fuhyo.inquiry import inquire
from registry.fuhyo.models import FuhyoRecord
from registry.fuhyo.number_on_request import find_with_number
from registry.fuhyo.tools import FuhyoTools
from registry.links import Links
from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.juki import OverseasNumber, OverseasNumberRequest
from registry.messages.message import ByRecordCode
from registry.peer.call import Unanswered
from registry.problems import ServiceError
from tests.registry.fuhyo.annex import Annex
from tests.registry.juki.town import ONE, TWO

REQUEST = UUID(int=1)
MESSAGE = FuhyoInquiry(
    request_id=REQUEST,
    affair="tax",
    end_user="user-5",
    key=ByRecordCode(resident_record_code=ONE),
    with_number=True,
)


async def find(annex: Annex, **answered: str | None) -> tuple[FuhyoRecord, str]:
    """Ask for a number at a juki server that answers with these values, or not at all."""

    async def call(operation: str, message: Any, answer: Any, *, act: Act, idempotency_key: str | None = None) -> Any:
        if not answered:
            raise Unanswered("timeout")
        said = {"request_id": str(REQUEST), "resident_record_code": ONE, "individual_number": "123456789018"}
        return msgspec.convert(said | answered, answer)

    fuhyo = annex.fuhyo
    tools = FuhyoTools(fuhyo.sealer, Links(call, load_matrix(), "fuhyo"), load_affairs())
    act = fuhyo.act("fuhyo.inquire", "inquiring-body", body="agency-1")
    async with fuhyo.parts.sessions.begin() as session:
        return await find_with_number(session, act, MESSAGE, tools, annex.area)


@pytest.mark.requirement("LINK-7")
def test_what_juki_is_asked() -> None:
    """The request names record code, body and affair; a number has no place in it."""
    assert set(OverseasNumberRequest.__struct_fields__) == {"request_id", "resident_record_code", "body", "affair"}
    assert not OverseasNumberRequest.CARRIES_NUMBER


async def test_the_number_of_the_person(annex: Annex) -> None:
    """The number of the person asked about is returned."""
    await annex.say()
    record, number = await find(annex, resident_record_code=ONE)

    assert (record.resident_record_code, number) == (ONE, "123456789018")


@pytest.mark.requirement("FUHYO-7")
@pytest.mark.parametrize("wrong", [{"resident_record_code": TWO}, {"request_id": str(UUID(int=9))}])
async def test_an_answer_about_somebody_else(annex: Annex, wrong: dict[str, str]) -> None:
    """A number of somebody else, or of another request, is not passed on and does not get into the area."""
    await annex.say()
    with pytest.raises(RegistryError, match="number_not_provided"):
        await find(annex, **wrong)

    assert await annex.copies() == []


async def test_silence(annex: Annex) -> None:
    """Without an answer of juki there is none for the body, and nothing in the area."""
    await annex.say()
    with pytest.raises(ServiceError, match="no_answer"):
        await find(annex)

    assert await annex.copies() == []


class Killed(Exception):
    """The process died here."""


@pytest.mark.requirement("FUHYO-8", "AUDIT-5")
async def test_killed_between_the_two_commits(annex: Annex) -> None:
    """A copy without a provision on record told nobody anything; the repetition is answered from it and recorded."""
    number = await annex.settle_abroad()
    fuhyo = annex.fuhyo
    tools = FuhyoTools(fuhyo.sealer, Links(fuhyo.parts.call, load_matrix(), "fuhyo"), load_affairs())
    act = fuhyo.act("fuhyo.inquire", "inquiring-body", body="agency-1", end_user="user-5")

    async def until_it_dies() -> None:
        async with fuhyo.parts.sessions.begin() as session:
            await inquire(session, act, MESSAGE, tools, annex.area)
            raise Killed

    with pytest.raises(Killed):
        await until_it_dies()
    assert (len(await annex.copies()), await annex.trail(operation="fuhyo.inquire")) == (1, [])

    assert (await annex.inquire(request_id=REQUEST, with_number=True)).individual_number == number
    (record,) = await annex.trail(operation="fuhyo.inquire")
    assert (record.number_included, await annex.fetched(), len(await annex.copies())) == (True, 1, 1)


@pytest.mark.requirement("FUHYO-7", "FUHYO-8")
async def test_killed_before_the_first_commit(annex: Annex) -> None:
    """What an open request has kept is gone when the process dies before the request is closed."""
    act = annex.fuhyo.act("fuhyo.inquire", "inquiring-body", body="agency-1")
    answer = OverseasNumber(request_id=REQUEST, resident_record_code=ONE, individual_number="123456789018")

    async def until_it_dies() -> None:
        async with annex.area.request(act, MESSAGE) as request:
            request.keep(answer, ONE, UUID(int=5))
            raise Killed

    with pytest.raises(Killed):
        await until_it_dies()
    assert await annex.copies() == []
