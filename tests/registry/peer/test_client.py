"""A Call over HTTP: what it sends, and what it makes of each kind of answer."""

from uuid import UUID

import httpx
import pytest

from registry.act import Act
from registry.messages.message import Acknowledged
from registry.messages.number import Generate
from registry.peer.call import Refused, Unanswered
from registry.peer.client import LIMIT, HttpCall
from tests.support.clock import START, FrozenClock
from tests.support.entropy import SeededBytes

ASKED = Generate(request_id=UUID(int=7), resident_record_code="10000000010")
ACT = Act("juki.request_number", "juki", "municipal-cs", UUID(int=9), START, SeededBytes(), operator="op-1")


class Log:
    """Remembers the communication records."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    async def __call__(self, operation: str, *, at: object, outcome: str, request_id: UUID) -> None:
        """Take one record."""
        assert (operation, request_id, at) == ("number.generate", ACT.request_id, START)
        self.outcomes.append(outcome)


def call_of(answer: httpx.Response | Exception, log: Log, seen: list[httpx.Request] | None = None) -> HttpCall:
    """Return a Call whose other end gives one answer."""

    def respond(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return HttpCall(client, {"number": "https://127.0.0.1:1"}, log, FrozenClock())


async def test_a_message_goes_to_the_path_of_its_operation() -> None:
    """Path, headers and the expected name of the peer follow from operation and act; the answer is typed."""
    seen: list[httpx.Request] = []
    log = Log()
    answer = httpx.Response(200, json={"reference": str(UUID(int=7))})

    result = await call_of(answer, log, seen)("number.generate", ASKED, Acknowledged, act=ACT, idempotency_key="k")

    (request,) = seen
    assert result.reference == UUID(int=7)
    assert (request.method, request.url.path) == ("POST", "/number/generate")
    assert request.headers["tegata-request"] == str(ACT.request_id)
    assert (request.headers["tegata-operator"], request.headers["idempotency-key"]) == ("op-1", "k")
    assert request.extensions["sni_hostname"] == "number.tegata.internal"
    assert log.outcomes == ["done"]


@pytest.mark.requirement("AUDIT-11")
async def test_a_problem_document_is_a_refusal() -> None:
    """A 4xx problem raises its code, and the log holds that code."""
    log = Log()
    answer = httpx.Response(409, json={"code": "number_exists", "detail": "There is one.", "status": 409})

    with pytest.raises(Refused) as refused:
        await call_of(answer, log)("number.generate", ASKED, Acknowledged, act=ACT)

    assert (refused.value.code, refused.value.status, refused.value.detail) == ("number_exists", 409, "There is one.")
    assert log.outcomes == ["number_exists"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.Response(500, json={"code": "internal_error"}),
        httpx.Response(503, json={"code": "no_answer"}),
        httpx.Response(302),
        httpx.Response(200, json={"reference": "no uuid"}),
        httpx.Response(200, json={"reference": str(UUID(int=7)), "more": 1}),
        httpx.Response(409, content=b"<html>"),
        httpx.Response(200, content=b" " * (LIMIT + 1)),
    ],
)
async def test_everything_else_is_no_answer(answer: httpx.Response | Exception) -> None:
    """A silent peer, a crash, a redirect, an answer outside the format and a flood are all "unanswered"."""
    log = Log()

    with pytest.raises(Unanswered):
        await call_of(answer, log)("number.generate", ASKED, Acknowledged, act=ACT)

    assert log.outcomes == ["unanswered"]


async def test_a_system_without_address_cannot_be_asked() -> None:
    """Who has no address for a system cannot call it."""
    client = httpx.AsyncClient()
    with pytest.raises(Unanswered):
        await HttpCall(client, {}, None, FrozenClock())("number.generate", ASKED, Acknowledged, act=ACT)
