"""Whether a list has changed: the commonest question of relying parties, answered before any routing."""

from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from litestar.types import ASGIApp

from issuer.edge.limits import Rate, address_of
from issuer.edge.lists import STATUS_LIST, STATUS_LISTS, has, headers_of
from issuer.edge.negotiation import best, takes
from issuer.edge.published import Published, max_age
from registry.act import Clock
from registry.messages.status_list import Form
from registry.problems import ServiceError

PREFIX: Final = f"{STATUS_LISTS}/"
TEMPLATE: Final = PREFIX + "{list_id}"
_NAME: Final = len(str(UUID(int=0)))
_LONGEST: Final = 256
Headers = list[tuple[bytes, bytes]]


class Unchanged:
    """
    Says 304 where the token is at hand and the caller names it; whatever else is asked goes on to `app`.

    It says nothing that `app` would not say: same rate, same forms, same headers, and no token older than a second.
    """

    def __init__(self, app: ASGIApp, published: Published, rate: Rate, now: Clock) -> None:
        self._app = app
        self._published = published
        self._rate = rate
        self._now = now

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        """Answer one request, or hand it on."""
        headers = self._unchanged(scope)
        if headers is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = TEMPLATE
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _unchanged(self, scope: Any) -> Headers | None:  # noqa: ANN401 - as above
        """Return the headers of the 304, or None where it is not this question or not this answer."""
        list_id, asked = _list_id(scope), dict(scope["headers"])
        if list_id is None or b"if-none-match" not in asked or not _plain(scope["headers"]):
            return None
        at = self._now()
        form, zipped = _form(asked.get(b"accept", b""), asked.get(b"accept-encoding", b""))
        kept = self._published.at_hand(list_id, at, form) if form else None
        if kept is None:
            return None
        etag, headers = _headers(kept.etag, max_age(kept.token, at), zipped=zipped)
        return headers if has(asked[b"if-none-match"].decode("latin-1"), etag) and self._admits(scope, at) else None

    def _admits(self, scope: Any, at: datetime) -> bool:  # noqa: ANN401 - as above
        try:
            self._rate.admit(address_of(scope), at)
        except ServiceError:
            return False  # it is refused in the words of `app`
        return True


def _list_id(scope: Any) -> UUID | None:  # noqa: ANN401 - as above
    path: str = scope["path"]
    if scope["method"] != "GET" or scope["query_string"] or len(path) != len(PREFIX) + _NAME:
        return None
    try:
        return UUID(path.removeprefix(PREFIX))
    except ValueError:
        return None


def _plain(headers: Headers) -> bool:
    """Whether each header comes once and is short: the others are not for here."""
    return len({name for name, _ in headers}) == len(headers) and all(len(value) <= _LONGEST for _, value in headers)


@lru_cache(maxsize=64)
def _form(accept: bytes, accept_encoding: bytes) -> tuple[Form | None, bool]:
    """Return the form that a client wants, and whether in gzip; clients are of few kinds."""
    form = STATUS_LIST.get(best(accept.decode("latin-1"), list(STATUS_LIST)) or "")
    return form, form is Form.JWT and takes(accept_encoding.decode("latin-1"), "gzip")


@lru_cache(maxsize=256)
def _headers(etag: str, kept_for: int, *, zipped: bool) -> tuple[str, Headers]:
    """The name of the bytes, and the headers as ASGI takes them."""
    said = headers_of(etag, kept_for, zipped=zipped)
    return said["ETag"], [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in said.items()]
