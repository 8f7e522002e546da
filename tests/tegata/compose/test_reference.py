"""The API reference in the browser: everything comes from this listener."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tegata.compose.reference import ProfileRefused, allow_plain_pages, create_reference

DOCUMENT = {"openapi": "3.1.0", "info": {"title": "Tegata <JPKI> & co", "version": "1"}, "paths": {}}
REFERENCE = re.compile(r'(?:src|href|data-description)="([^"]+)"')


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the pages of one service."""
    (tmp_path / "pki.json").write_bytes(msgspec.json.encode(DOCUMENT))
    (tmp_path / ".card.draft").write_bytes(b"half")
    app: Any = create_reference(tmp_path)  # httpx and Litestar spell the types of ASGI differently
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/reference/pki"])
async def test_a_page_loads_only_from_its_own_listener(browser: httpx.AsyncClient, path: str) -> None:
    """Each reference of the page is a path here that answers, and the policy forbids the rest."""
    page = await browser.get(path)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    found = REFERENCE.findall(page.text)
    assert found
    for reference in found:
        assert re.match(r"/[^/]", reference)
        assert (await browser.get(reference)).status_code == 200


async def test_the_style_names_nothing_outside(browser: httpx.AsyncClient) -> None:
    """What the style sheet loads is inside the file (data), so no font and no picture comes from elsewhere."""
    style = (await browser.get("/assets/swagger-ui.css")).text
    loaded = re.findall(r"url\(\s*['\"]?([^'\")]{0,16})", style)
    assert all(each.startswith(("data:", "#")) for each in loaded)
    assert "@import" not in style


async def test_titles_are_text(browser: httpx.AsyncClient) -> None:
    """A title is escaped, and a draft that is being written is no service."""
    index = (await browser.get("/")).text
    assert "Tegata &lt;JPKI&gt; &amp; co" in index
    assert index.count("<li>") == 1


@pytest.mark.parametrize(
    "path",
    [
        "/reference/none",
        "/descriptions/none",
        "/assets/index.html",
        "/descriptions/..%2Fpki",
        "/reference/%3Cscript%3E",
    ],
)
async def test_what_is_not_listed_is_not_served(browser: httpx.AsyncClient, path: str) -> None:
    """Only known services and known assets are answered."""
    assert (await browser.get(path)).status_code == 404


async def test_the_description_is_the_services_own(browser: httpx.AsyncClient) -> None:
    """The document comes as it was written."""
    assert (await browser.get("/descriptions/pki")).json() == DOCUMENT


def test_production_has_no_plain_pages() -> None:
    """Pages without TLS are for development (D16)."""
    allow_plain_pages("development")
    with pytest.raises(ProfileRefused, match="without TLS"):
        allow_plain_pages("production")
