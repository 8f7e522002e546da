"""Answers as a client reads them: the value, a refusal with its code, or nothing known."""

import httpx
import msgspec
import pytest

from wallet_sim.answers import LARGEST, Refused, Unanswered
from wallet_sim.public_door import PublicDoor
from wallet_sim.reader import Received
from wallet_sim.relying_party.verify_call import verify


class Value(msgspec.Struct):
    number: int


def door(response: httpx.Response | Exception) -> PublicDoor:
    """A door that always answers so."""

    def answer(_: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    return PublicDoor(httpx.AsyncClient(transport=httpx.MockTransport(answer)), "https://door.test/")


async def test_an_answer_is_its_value() -> None:
    """A success in the right form is the value; the base URL stands without a slash at its end."""
    one = door(httpx.Response(200, json={"number": 7}))
    assert await one.post("/x", {}, Value) == Value(7)
    assert one.url == "https://door.test"


async def test_a_problem_is_a_refusal() -> None:
    """The code of a problem document is what a caller acts on."""
    with pytest.raises(Refused) as refused:
        await door(httpx.Response(409, json={"code": "record_in_force", "detail": "One is enough."})).post(
            "/x", {}, Value
        )
    assert (refused.value.code, refused.value.status, refused.value.detail) == (
        "record_in_force",
        409,
        "One is enough.",
    )


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, content=b"no json"),
        httpx.Response(200, json={"number": "seven"}),
        httpx.Response(200, content=b" " * (LARGEST + 1)),
        httpx.Response(404, content=b"<html>"),
        httpx.Response(503, json={"code": "no_answer"}),
        httpx.Response(302),
        httpx.ConnectError("down"),
    ],
)
async def test_everything_else_is_no_answer(response: httpx.Response | Exception) -> None:
    """Malformed, too large, broken, absent: nobody knows whether the request was acted on."""
    with pytest.raises(Unanswered) as nothing:
        await door(response).post("/x", {}, Value)
    assert nothing.value.reason


async def test_published_documents_are_fetched() -> None:
    """A status list comes as bytes; anything but a success is no answer."""
    assert await door(httpx.Response(200, content=b"token")).fetch("https://door.test/1", "application/x") == b"token"
    for response in (httpx.Response(404), httpx.ConnectError("down")):
        with pytest.raises(Unanswered):
            await door(response).fetch("https://door.test/1", "application/x")


async def test_the_verify_call_gives_verdicts() -> None:
    """The relying party hands over response and transcript and reads status and elements; a bad response is refused."""
    verdict = {
        "doc_type": "d",
        "status": "SUSPENDED",
        "status_reason": "list",
        "elements": {"n": {"age_over_18": True}},
        "valid_until": "2026-05-01T00:00:00Z",
    }
    (found,) = await verify(door(httpx.Response(200, json={"documents": [verdict]})), Received(b"r", b"t"), "age")
    assert (found.status, found.elements["n"]["age_over_18"], repr(found)) == ("SUSPENDED", True, "<Verdict SUSPENDED>")
    with pytest.raises(Refused, match="step"):
        await verify(door(httpx.Response(422, json={"code": "step_digests"})), Received(b"r", b"t"))
