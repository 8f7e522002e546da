"""The other end of the issuer's wires: JPKI and the card system say yes at once, the relay keeps letters for phones."""

import asyncio
from collections import defaultdict
from typing import Any
from uuid import UUID

import msgspec

from registry.messages.card import Confirmation
from registry.messages.jpki import CertificateState


class FarEnd:
    """An ASGI application without a framework: what a round trip costs here is the wire."""

    def __init__(self) -> None:
        self._letters: dict[str, list[Any]] = defaultdict(list)
        self._arrived = asyncio.Condition()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        body = await _read(receive)
        path = str(scope["path"])
        await _answer(send, msgspec.json.encode(await self._say(path, body)))

    async def _say(self, path: str, body: bytes) -> Any:
        said = msgspec.json.decode(body)
        match path:
            case "/pki/certificate_state":
                return CertificateState(signing_certificate_serial=said["signing_certificate_serial"], state="good")
            case "/card/confirm":
                return Confirmation(request_id=UUID(said["request_id"]), match=True)
            case "/relay/push":
                await self._keep(said)
            case "/relay/letters":
                return await self._fetch(said["app_install_id"], said["count"])
        return {}

    async def _keep(self, letter: Any) -> None:
        async with self._arrived:
            self._letters[letter["app_install_id"]].append(letter)
            self._arrived.notify_all()

    async def _fetch(self, phone: str, count: int) -> list[Any]:
        """Answer once so many letters are there: a phone that asks again and again would be measured for its asking."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self._letters[phone]) >= count)
            return self._letters[phone]


async def _lifespan(receive: Any, send: Any) -> None:
    for _ in range(2):
        event = await receive()
        await send({"type": f"{event['type']}.complete"})


async def _read(receive: Any) -> bytes:
    parts, more = [], True
    while more:
        event = await receive()
        parts.append(event.get("body", b""))
        more = event.get("more_body", False)
    return b"".join(parts)


async def _answer(send: Any, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def not_modified(scope: Any, receive: Any, send: Any) -> None:
    """Say 304 to everything: the bare loop of a status list that has not changed."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    await send({"type": "http.response.start", "status": 304, "headers": [(b"etag", b'"one"')]})
    await send({"type": "http.response.body", "body": b""})
