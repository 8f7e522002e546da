"""How the other side reads answers: the value that was asked for, a refusal with its code, or no answer at all."""

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
import msgspec

T = TypeVar("T")
LARGEST = 4_000_000


class Refused(Exception):
    """The service answered with a problem document (RFC 9457): the request was understood and turned down."""

    def __init__(self, code: str, status: int, detail: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.code = code
        self.status = status
        self.detail = detail


class Unanswered(Exception):
    """No answer, a crash, or an answer outside the format: nobody knows whether the request was acted on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Problem(msgspec.Struct):
    """The members of a problem document that a caller acts on."""

    code: str
    detail: str = ""


def read(response: httpx.Response, answer: type[T]) -> T:
    """Return the answer of a response; raises Refused for a problem below 500, Unanswered for everything else."""
    body = response.content
    if len(body) > LARGEST:
        raise Unanswered("the answer is too large")
    try:
        if response.is_success:
            return msgspec.json.decode(body, type=answer)
        if 400 <= response.status_code < 500:
            problem = msgspec.json.decode(body, type=Problem)
            raise Refused(problem.code, response.status_code, problem.detail)
    except msgspec.MsgspecError:
        raise Unanswered(f"a malformed answer with status {response.status_code}") from None
    raise Unanswered(f"status {response.status_code}")


async def ask(
    client: httpx.AsyncClient,
    url: str,
    message: object,
    answer: type[T],
    *,
    headers: Mapping[str, str] | None = None,
    extensions: dict[str, Any] | None = None,
) -> T:
    """POST a struct as JSON and return the answer; raises Refused or Unanswered."""
    named = {"Content-Type": "application/json"} | dict(headers or {})
    try:
        response = await client.post(url, content=msgspec.json.encode(message), headers=named, extensions=extensions)
    except (httpx.HTTPError, OSError) as exc:
        raise Unanswered(type(exc).__name__) from None
    return read(response, answer)
