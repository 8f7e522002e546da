"""The closed list: path, size and shape."""

import httpx
import pytest

from issuer.edge.operations import OPERATIONS
from registry.access.matrix import load_matrix
from tests.issuer.edge.conftest import Counting
from tests.issuer.edge.wire import problem


def test_closed_list() -> None:
    """Every public operation is the edge's in the access matrix, and every line of the edge is public."""
    lines = {line.operation for line in load_matrix().lines if "edge" in line.callers}

    assert lines == {one.inner for one in OPERATIONS} | {"issuer.status_list", "issuer.status_lists"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"signed_application": 5}',
        b'{"signed_application": "%%%%"}',
        b'{"signed_application": "AAAA"}',
        b'{"signed_application": "' + b"A" * 400 + b'", "name": "x"}',
        b'{"other": 1}',
        b"\xff\xfe",
    ],
)
async def test_shape(door: httpx.AsyncClient, forwarded: Counting, body: bytes) -> None:
    """What has not exactly the agreed shape is refused at the door and never reaches the issuer."""
    response = await door.post("/applications", content=body, headers={"Content-Type": "application/json"})

    assert problem(response) == (400, "malformed_request")
    assert not forwarded.operations


@pytest.mark.parametrize("path", [one.path for one in OPERATIONS])
async def test_size(door: httpx.AsyncClient, forwarded: Counting, path: str) -> None:
    """A body beyond the operation's own limit is refused at the door, whatever is in it."""
    largest = next(one.largest for one in OPERATIONS if one.path == path)
    body = b'{"message": "' + b"a" * largest + b'"}'
    response = await door.post(path, content=body, headers={"Content-Type": "application/json"})

    assert problem(response) == (413, "request_too_large")
    assert not forwarded.operations


@pytest.mark.requirement("MDOC-62")
@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/issuer/apply", (404, "not_found")),
        ("POST", "/issuer/jpki_event", (404, "not_found")),
        ("POST", "/issuer/find", (404, "not_found")),
        ("GET", "/applications", (405, "method_not_allowed")),
        ("DELETE", "/status-lists/00000000-0000-4000-8000-000000000001", (405, "method_not_allowed")),
        ("GET", "/status-lists/no-list", (404, "not_found")),
        ("GET", "/records", (404, "not_found")),
        ("GET", "/bundles/00000000-0000-4000-8000-000000000001", (404, "not_found")),
    ],
)
async def test_nothing_else(
    door: httpx.AsyncClient, forwarded: Counting, method: str, path: str, code: tuple[int, str]
) -> None:
    """Whatever is not in the closed list does not exist at the door: no inner operation and nothing to read."""
    assert code == problem(await door.request(method, path))
    assert not forwarded.operations
