"""The public door of the issuer as a wallet maker or relying party would write it from the document (D16)."""

from typing import TypeVar

import httpx

from wallet_sim.answers import Unanswered, ask

T = TypeVar("T")


class PublicDoor:
    """
    POSTs and GETs against one base URL: `url` is also the audience that signed messages name.

    The client is handed in, so that sockets and in-memory transports are reached by the same code.
    """

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self.url = url.rstrip("/")

    async def post(self, path: str, message: object, answer: type[T]) -> T:
        """Ask one operation; raises Refused or Unanswered."""
        return await ask(self._client, self.url + path, message, answer)

    async def fetch(self, url: str, accept: str) -> bytes:
        """GET a published document; raises Unanswered for anything but a success."""
        try:
            response = await self._client.get(url, headers={"Accept": accept})
        except (httpx.HTTPError, OSError) as exc:
            raise Unanswered(type(exc).__name__) from None
        if not response.is_success:
            raise Unanswered(f"status {response.status_code}")
        return response.content
