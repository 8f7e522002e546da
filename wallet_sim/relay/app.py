"""
The wallet provider's relay: takes ciphertext from the issuer, hands it to phones, can read nothing (MDOC-26, LINK-15).

One listener: the issuer comes with its systems certificate, phones with their installation id only.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import JSONBody
from msgspec import Meta

from registry.messages.message import Acknowledged
from registry.messages.relay import Push
from wallet_sim.caller import NoCaller, RevocationList, caller_of
from wallet_sim.relay.store import BoxFull, LetterDiffers, Store

log = logging.getLogger(__name__)
Connection = ASGIConnection[Any, Any, Any, Any]
Install = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
TITLES = {
    "no_certificate": (401, "Only the issuer hands in letters"),
    "unknown_certificate": (403, "The certificate names no system"),
    "revoked_certificate": (403, "The certificate is revoked"),
    "stale_revocation_list": (503, "Nobody can tell whether the certificate is revoked"),
    "not_permitted": (403, "Only the issuer hands in letters"),
    "relay_cannot_open": (403, "The relay carries letters; it holds no key and opens none"),
    "letter_differs": (409, "Another letter lies here under this id"),
    "box_full": (409, "The phone has not fetched its letters for too long"),
    "malformed_request": (400, "The request is outside its format"),
    "not_found": (404, "There is no such operation"),
    "method_not_allowed": (405, "There is no such operation"),
    "request_too_large": (413, "The request is too large"),
    "internal_error": (500, "The relay failed"),
}
_OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}


class Refusal(Exception):
    """What the relay turns down, by the code of its problem document."""

    def __init__(self, code: str, caller: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.caller = caller


class Fetch(msgspec.Struct, forbid_unknown_fields=True):
    """A phone asks for its letters: who knows the installation id is the phone."""

    app_install_id: Install


class Acknowledge(msgspec.Struct, forbid_unknown_fields=True):
    """A phone has read letters."""

    app_install_id: Install
    letter_ids: Annotated[list[UUID], Meta(max_length=64)]


class Letter(msgspec.Struct):
    """One sealed letter."""

    letter_id: UUID
    kind: str
    sealed: bytes


class Letters(msgspec.Struct):
    """What lies here for a phone."""

    letters: list[Letter]


class Forgotten(msgspec.Struct):
    """How many letters were forgotten."""

    forgotten: int


@dataclass(frozen=True)
class RelaySettings:
    """Where letters are kept; the systems' revocation list (DER), None where there is none to check."""

    folder: Path
    systems_crl: Path | None = None


def create_app(settings: RelaySettings, *, now: Callable[[], datetime]) -> Litestar:
    """Return the relay's application, for a listener that puts the TLS peer into the scope."""
    store = Store(settings.folder)
    revoked = RevocationList(settings.systems_crl)
    return Litestar(
        route_handlers=[health, _push(store, revoked, now), *_phone_routes(store), open_letter],
        exception_handlers=_handlers(store, now),
        request_max_body_size=1_500_000,
        openapi_config=OpenAPIConfig(
            title="Tegata relay (ウォレット事業者サーバ)",
            version="1",
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin()],
        ),
        logging_config=None,
    )


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


@post("/letters/open", status_code=200)
async def open_letter() -> NoReturn:
    """Refuse, always: there is no key here. Every attempt is recorded (LINK-15)."""
    raise Refusal("relay_cannot_open")


def _issuer_only(
    revoked: RevocationList, now: Callable[[], datetime]
) -> Callable[[Connection, BaseRouteHandler], Awaitable[None]]:
    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        try:
            caller = caller_of(connection.scope, revoked, now())
        except NoCaller as exc:
            raise Refusal(exc.code) from None
        if caller.system != "issuer":
            raise Refusal("not_permitted", caller.system)

    return guard


def _push(store: Store, revoked: RevocationList, now: Callable[[], datetime]) -> Any:  # noqa: ANN401 - a route
    @post("/relay/push", status_code=200, guards=[_issuer_only(revoked, now)])
    async def push(data: JSONBody[Push]) -> Acknowledged:
        """Take a sealed letter from the issuer and nobody else (E-41)."""
        try:
            store.put(data.app_install_id, data.letter_id, data.kind, data.sealed)
        except LetterDiffers:
            raise Refusal("letter_differs", "issuer") from None
        except BoxFull:
            raise Refusal("box_full", "issuer") from None
        return Acknowledged(reference=data.letter_id)

    return push


def _phone_routes(store: Store) -> list[Any]:
    @post("/letters/fetch", status_code=200)
    async def fetch(data: JSONBody[Fetch]) -> Letters:
        """Hand a phone its letters; they stay until it acknowledges them."""
        return Letters([Letter(*each) for each in store.fetch(data.app_install_id)])

    @post("/letters/acknowledge", status_code=200)
    async def acknowledge(data: JSONBody[Acknowledge]) -> Forgotten:
        """Forget letters that the phone has read."""
        return Forgotten(store.acknowledge(data.app_install_id, data.letter_ids))

    return [fetch, acknowledge]


def _handlers(store: Store, now: Callable[[], datetime]) -> dict[int | type[Exception], Any]:
    def answer(request: Request[Any, Any, Any], code: str, caller: str | None = None) -> Response[bytes]:
        status, title = TITLES[code]
        if status < 500:
            store.refuse(now(), request.url.path[:64], code, caller)
        body = {"type": f"urn:tegata:problem:{code}", "title": title, "status": status, "code": code}
        return Response(msgspec.json.encode(body), status_code=status, media_type="application/problem+json")

    def on_refusal(request: Request[Any, Any, Any], exc: Refusal) -> Response[bytes]:
        return answer(request, exc.code, exc.caller)

    def on_http(request: Request[Any, Any, Any], exc: HTTPException) -> Response[bytes]:
        known = "internal_error" if exc.status_code >= 500 else "malformed_request"
        return answer(request, _OF_STATUS.get(exc.status_code, known))

    def on_crash(request: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
        log.error("crash", exc_info=exc)
        return answer(request, "internal_error")

    return {Refusal: on_refusal, HTTPException: on_http, Exception: on_crash}
