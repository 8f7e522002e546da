"""The way out to the makers of phones: lists of revoked certificates, over HTTPS, from fixed addresses (MDOC-23)."""

import re
import ssl
from datetime import timedelta
from typing import Final

import httpx

from issuer.fetch import Fetch, Fetched, NotFetched
from tegata.compose.ground import TIMEOUT, Settings

KINDS: Final = ("android", "apple")
LIMIT: Final = 16_000_000
UNSAID: Final = timedelta(hours=1)
"""How long an answer is fresh whose maker says nothing about it."""

_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])", re.ASCII)


def maker_kinds(settings: Settings) -> frozenset[str]:
    """Return the kinds of phone whose maker publishes a list: without one their applications wait."""
    return frozenset(settings.options.get("maker_lists", " ".join(KINDS)).split())


def addresses(settings: Settings) -> dict[str, str]:
    """Return where each maker publishes its list; raises ValueError for an address that is not HTTPS."""
    found = {kind: settings.options.get(f"maker_list:{kind}", "") for kind in KINDS}
    given = {kind: address for kind, address in found.items() if address}
    if not all(address.startswith("https://") for address in given.values()):
        raise ValueError("the list of a maker is fetched over HTTPS")
    return given


def fetch_of(settings: Settings) -> Fetch:
    """Return what asks the makers: under the CA of the option `maker_list_ca`, or those the system trusts."""
    trust = ssl.create_default_context(cafile=settings.options.get("maker_list_ca") or None)
    return HttpFetch(httpx.AsyncClient(verify=trust, timeout=TIMEOUT, trust_env=False, follow_redirects=False))


class HttpFetch:
    """One GET, conditional where a tag is known, bounded in size and time."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def __call__(self, address: str, tag: str | None) -> Fetched:
        """Return the list or that it has not changed; raises NotFetched."""
        headers = {"Accept": "application/json"} | ({} if tag is None else {"If-None-Match": tag})
        try:
            async with self._client.stream("GET", address, headers=headers) as response:
                return await _read(response, tag)
        except (httpx.HTTPError, ssl.SSLError, OSError) as exc:
            raise NotFetched(type(exc).__name__) from None


async def _read(response: httpx.Response, tag: str | None) -> Fetched:
    fresh_for = _fresh_for(response.headers.get("cache-control", ""))
    if response.status_code == 304 and tag is not None:
        return Fetched(None, tag, fresh_for)
    if response.status_code != 200:
        raise NotFetched(f"status_{response.status_code}")
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LIMIT:
            raise NotFetched("too_large")
    return Fetched(bytes(body), response.headers.get("etag"), fresh_for)


def _fresh_for(cache_control: str) -> timedelta:
    said = _MAX_AGE.search(cache_control)
    return timedelta(seconds=int(said[1])) if said else UNSAID
