"""Keeping status lists for a second."""

import gzip
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from issuer.edge import published
from issuer.edge.published import Published, max_age
from registry.act import Act
from registry.messages.status_list import Form, PublishedList, StatusListRequest
from tests.support.clock import START
from tests.support.entropy import SeededBytes

ACT = Act("edge.forward", "edge", "public", UUID(int=1), START, SeededBytes())


class Inner:
    """An issuer that gives a new token each time it is asked."""

    def __init__(self) -> None:
        self.asked: list[UUID] = []

    async def __call__(self, _: str, message: StatusListRequest, __: type[Any], **___: Any) -> PublishedList:
        """Answer as the issuer would."""
        self.asked.append(message.list_id)
        return PublishedList(token=bytes([len(self.asked)]), ttl=30, expires_at=START + timedelta(seconds=40))


async def test_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the second a list is asked for once, after it again; a clock that steps back keeps nothing alive."""
    inner = Inner()
    lists = Published(inner)  # type: ignore[arg-type]
    tokens = [
        (await lists.get(UUID(int=1), replace(ACT, at=START + timedelta(seconds=after)))).token.token
        for after in (0, 0.9, 1.0, -5)
    ]

    assert tokens == [b"\x01", b"\x01", b"\x02", b"\x03"]


async def test_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many lists are kept; the one asked for longest ago goes first."""
    monkeypatch.setattr(published, "_MOST", 2)
    inner = Inner()
    lists = Published(inner)  # type: ignore[arg-type]
    for number in (1, 2, 3, 2, 1):
        await lists.get(UUID(int=number), ACT)

    assert [UUID(int=number) for number in (1, 2, 3, 1)] == inner.asked


async def test_forms_apart() -> None:
    """Each form of a list is kept for itself, and named by its bytes."""
    inner = Inner()
    lists = Published(inner)  # type: ignore[arg-type]
    kept = [await lists.get(UUID(int=1), ACT, form) for form in (Form.CWT, Form.JWT, Form.CWT)]

    assert [one.token.token for one in kept] == [b"\x01", b"\x02", b"\x01"]
    assert len({one.etag for one in kept}) == 2
    assert [gzip.decompress(one.zipped) for one in kept] == [one.token.token for one in kept]


@pytest.mark.parametrize(("seconds", "expected"), [(0, 30), (15, 25), (40, 0), (50, 0)])
async def test_max_age(seconds: int, expected: int) -> None:
    """A token may be kept for its ttl, and never beyond its end."""
    token = await Inner()("", StatusListRequest(list_id=UUID(int=1)), PublishedList)

    assert expected == max_age(token, START + timedelta(seconds=seconds))
