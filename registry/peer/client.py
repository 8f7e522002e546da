"""A Call over mutual TLS (D7). Built in composition roots only; everybody else is handed the Call."""

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import httpx
import msgspec

from registry.act import Act
from registry.messages.message import Message
from registry.peer.call import Refused, T, Unanswered

SUFFIX = "tegata.internal"
LIMIT = 2_000_000


class LogOutgoing(Protocol):
    """Writes the communication record of a call that went out (AUDIT-11)."""

    async def __call__(self, operation: str, *, at: datetime, outcome: str, request_id: UUID) -> None:
        """Record one call."""
        ...


class ProblemBody(msgspec.Struct):
    """The parts of a problem document that a system reads."""

    code: str
    detail: str = ""


def systems_context(certificate: Path, key: Path, ca: Path) -> ssl.SSLContext:
    """Return a client context that shows our certificate and trusts the systems CA alone; TLS 1.3 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(ca)
    context.load_cert_chain(certificate, key)
    return context


def headers_of(act: Act, idempotency_key: str | None) -> dict[str, str]:
    """Return the headers that travel with a message: request, human, idempotency key."""
    named = {
        "Tegata-Request": str(act.request_id),
        "Tegata-Operator": act.operator,
        "Tegata-Terminal": act.terminal,
        "Tegata-End-User": act.end_user,
        "Idempotency-Key": idempotency_key,
    }
    return {name: value for name, value in named.items() if value is not None}


class HttpCall:
    """
    Sends messages as `POST /<system>/<verb>` and reads the answer, bounded in size and time.

    `addresses` maps a system to its base URL. The certificate of the other end must name that system. `log` writes
    the communication record. The same class serves sockets and in-memory transports: the client is handed in.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        addresses: Mapping[str, str],
        log: LogOutgoing | None,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._addresses = addresses
        self._log = log
        self._now = now

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Send one message; raises Refused or Unanswered, and leaves a communication record either way."""
        try:
            result = await self._exchange(operation, message, answer, act, idempotency_key)
        except Refused as exc:
            await self._record(operation, act, exc.code)
            raise
        except Unanswered:
            await self._record(operation, act, "unanswered")
            raise
        await self._record(operation, act, "done")
        return result

    async def _exchange(
        self, operation: str, message: Message | bytes, answer: type[T], act: Act, idempotency_key: str | None
    ) -> T:
        system, _, verb = operation.partition(".")
        address = self._addresses.get(system)
        if address is None:
            raise Unanswered("no address")
        headers = {"Content-Type": "application/json"} | headers_of(act, idempotency_key)
        try:
            response = await self._client.post(
                f"{address}/{system}/{verb}",
                content=message if isinstance(message, bytes) else msgspec.json.encode(message),
                headers=headers,
                extensions={"sni_hostname": f"{system}.{SUFFIX}"},
            )
        except (httpx.HTTPError, ssl.SSLError, OSError) as exc:
            raise Unanswered(type(exc).__name__) from exc
        return _read(response, answer)

    async def _record(self, operation: str, act: Act, outcome: str) -> None:
        if self._log is not None:
            await self._log(operation, at=self._now(), outcome=outcome, request_id=act.request_id)


def _read(response: httpx.Response, answer: type[T]) -> T:
    """Return the answer, or raise what the status says. The text of a crash is never passed on."""
    if len(response.content) > LIMIT:
        raise Unanswered("answer too large")
    try:
        if response.is_success:
            return msgspec.json.decode(response.content, type=answer)
        if 400 <= response.status_code < 500 or response.status_code == 503:
            problem = msgspec.json.decode(response.content, type=ProblemBody)
            if response.status_code == 503:
                raise Unanswered(problem.code)
            raise Refused(problem.code, response.status_code, problem.detail)
    except msgspec.MsgspecError as exc:
        raise Unanswered("malformed answer") from exc
    raise Unanswered(f"status {response.status_code}")
