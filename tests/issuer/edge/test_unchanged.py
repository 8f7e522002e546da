"""Conditional questions that are answered before any routing."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from issuer.edge.limits import Rate
from issuer.edge.published import Published
from issuer.edge.unchanged import Unchanged
from registry.act import Act
from registry.messages.status_list import PublishedList
from tests.support.clock import START, FrozenClock
from tests.support.entropy import SeededBytes

LIST = UUID(int=1)
PATH = f"/status-lists/{LIST}"
AT_HAND = Act("edge.forward", "edge", "public", UUID(int=2), START, SeededBytes())


async def _inner(*_: object, **__: object) -> Any:
    return PublishedList(token=b"token", ttl=30, expires_at=START + timedelta(minutes=10))


class Door:
    """The short cut with a token at hand, in front of an application that counts what reaches it."""

    def __init__(self, clock: FrozenClock, per_minute: int = 100) -> None:
        self.clock = clock
        self.handed_on = 0
        self.published = Published(_inner)
        self.app = Unchanged(self._app, self.published, Rate(per_minute), clock)
        self.said: list[Any] = []

    async def _app(self, *_: object) -> None:
        self.handed_on += 1

    async def ask(self, headers: Iterable[tuple[bytes, bytes]], **changed: Any) -> bool:
        """Ask once; tell whether the short cut answered."""
        before = self.handed_on
        scope = {"type": "http", "method": "GET", "path": PATH, "query_string": b"", "client": ("::1", 1)}

        async def send(message: Any) -> None:
            self.said.append(message)

        await self.app({**scope, "headers": list(headers), **changed}, None, send)
        return self.handed_on == before


@pytest.fixture
async def door(clock: FrozenClock) -> Door:
    """The short cut, with one token at hand."""
    made = Door(clock)
    await made.published.get(LIST, AT_HAND)
    return made


@pytest.fixture
async def tag(door: Door) -> tuple[bytes, bytes]:
    """The header that names the token at hand."""
    return b"if-none-match", f'"{(await door.published.get(LIST, AT_HAND)).etag}"'.encode()


async def test_answered_at_once(door: Door, tag: tuple[bytes, bytes]) -> None:
    """Who names the token at hand hears 304 with its name and how long it may be kept, and nothing is routed."""
    assert await door.ask([tag, (b"accept", b"application/statuslist+cwt")])
    start, body = door.said
    headers = dict(start["headers"])

    assert (start["status"], body["body"]) == (304, b"")
    assert headers[b"etag"] == tag[1]
    assert headers[b"cache-control"] == b"public, max-age=30"
    assert headers[b"vary"] == b"Accept, Accept-Encoding"
    assert headers[b"access-control-allow-origin"] == b"*"


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"query_string": b"time=1"},
        {"path": f"/status-lists/{UUID(int=9)}"},
        {"path": f"/identifier-lists/{LIST}"},
        {"path": f"/status-lists/{'x' * 36}"},
    ],
)
async def test_other_questions(door: Door, tag: tuple[bytes, bytes], changed: dict[str, Any]) -> None:
    """Another method, path or list, or a question about the past, is left to the application."""
    assert not await door.ask([tag], **changed)


@pytest.mark.parametrize(
    "more",
    [
        (b"accept", b"application/statuslist+jwt"),
        (b"accept", b"text/html"),
        (b"if-none-match", b'"another"'),
        (b"x-long", bytes(257)),
    ],
)
async def test_other_forms(door: Door, tag: tuple[bytes, bytes], more: tuple[bytes, bytes]) -> None:
    """A form that is not at hand, a header that comes twice or at length, is left to the application."""
    assert not await door.ask([tag, more])


async def test_other_bytes(door: Door) -> None:
    """Who names no token, or another, is left to the application, which sends the bytes."""
    assert not await door.ask([])
    assert not await door.ask([(b"if-none-match", b'"another"')])


async def test_never_older_than_a_second(door: Door, tag: tuple[bytes, bytes]) -> None:
    """After a second the token is not at hand any more: the issuer is asked again before anybody hears 304."""
    door.clock.advance(seconds=0.9)
    assert await door.ask([tag])
    door.clock.advance(seconds=0.1)
    assert not await door.ask([tag])


async def test_counted(clock: FrozenClock) -> None:
    """What is answered here counts as every request does; beyond the limit the application refuses."""
    door = Door(clock, per_minute=2)
    kept = await door.published.get(LIST, AT_HAND)
    tag = (b"if-none-match", f'"{kept.etag}"'.encode())

    assert [await door.ask([tag]) for _ in range(3)] == [True, True, False]
