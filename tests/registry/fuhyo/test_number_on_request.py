from typing import Any
from uuid import UUID

import msgspec
import pytest

from registry.access.affairs import load_affairs
from registry.access.matrix import load_matrix
from registry.act import Act
from registry.errors import RegistryError
from registry.fuhyo.number_on_request import fetch_number
from registry.fuhyo.tools import FuhyoTools
from registry.links import Links
from registry.messages.fuhyo import FuhyoInquiry
from registry.messages.juki import OverseasNumberRequest
from registry.messages.message import ByRecordCode
from registry.peer.call import Unanswered
from registry.problems import ServiceError
from registry.sealing.columns import Sealer
from tests.registry.juki.town import ONE, TWO
from tests.support.clock import START
from tests.support.entropy import SeededBytes

MESSAGE = FuhyoInquiry(
    request_id=UUID(int=1),
    affair="tax",
    end_user="user-5",
    key=ByRecordCode(resident_record_code=ONE),
    with_number=True,
)


def tools(answered: str | None) -> FuhyoTools:
    """Give tools whose link answers about one person, or not at all."""

    async def call(operation: str, message: Any, answer: Any, *, act: Act, idempotency_key: str | None = None) -> Any:
        if answered is None:
            raise Unanswered("timeout")
        said = {
            "request_id": str(message.request_id),
            "resident_record_code": answered,
            "individual_number": "123456789018",
        }
        return msgspec.convert(said, answer)

    key, entropy = UUID(int=1), SeededBytes()
    sealer = Sealer({key: b"k" * 32}, key, b"i" * 32, entropy)
    return FuhyoTools(sealer, Links(call, load_matrix(), "fuhyo"), load_affairs())


def act() -> Act:
    """Give the act of a body's inquiry."""
    return Act("fuhyo.inquire", "fuhyo", "inquiring-body", UUID(int=2), START, SeededBytes(), body="agency-1")


@pytest.mark.requirement("LINK-7")
def test_what_juki_is_asked() -> None:
    """The request names record code, body and affair; a number has no place in it."""
    assert set(OverseasNumberRequest.__struct_fields__) == {"request_id", "resident_record_code", "body", "affair"}
    assert not OverseasNumberRequest.CARRIES_NUMBER


async def test_the_number_of_the_person() -> None:
    """The number of the person asked about is returned."""
    assert await fetch_number(act(), MESSAGE, ONE, tools(ONE)) == "123456789018"


async def test_an_answer_about_somebody_else() -> None:
    """A number of somebody else is not passed on."""
    with pytest.raises(RegistryError, match="number_not_provided"):
        await fetch_number(act(), MESSAGE, ONE, tools(TWO))


async def test_silence() -> None:
    """Without an answer of juki there is none for the body."""
    with pytest.raises(ServiceError, match="no_answer"):
        await fetch_number(act(), MESSAGE, ONE, tools(None))
