"""
The parties that listen: municipal CS, printing contractor, issuing contractor. One program, one process each.

Their doors are those of the access matrix: an operation, who may call it, and what is done with the message.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from registry.messages.card import OrderHeldNotice
from registry.messages.message import Acknowledged, Message
from registry.messages.parties import IssuanceOrder, PrintOrder
from registry.messages.smp import CardSuspendedNotice, MunicipalityNotice
from wallet_sim.caller import NoCaller, RevocationList, caller_of
from wallet_sim.chance import Chance, Clock
from wallet_sim.mailbox import Mailbox
from wallet_sim.parties.issuing_contractor import IssuingContractor, MakeKey
from wallet_sim.parties.line import Line
from wallet_sim.parties.notices import NoticeFolder
from wallet_sim.parties.printing_contractor import PrintingContractor
from wallet_sim.sealed_file import CannotOpen

log = logging.getLogger(__name__)

TITLES = {
    "no_certificate": (401, "Call with a systems certificate"),
    "unknown_certificate": (403, "The certificate names no system"),
    "revoked_certificate": (403, "The certificate is revoked"),
    "stale_revocation_list": (503, "Nobody can tell whether the certificate is revoked"),
    "not_permitted": (403, "This system may not call this operation"),
    "malformed_request": (400, "The message is outside its format"),
    "not_found": (404, "There is no such operation"),
    "method_not_allowed": (405, "Operations are called with POST"),
    "request_too_large": (413, "The message is too large"),
    "internal_error": (500, "The party failed"),
}


async def no_work() -> int:
    """Do nothing: a party that only keeps what it is told."""
    return 0


@dataclass(frozen=True)
class Door:
    """One operation: who may call it, the form of its message, and what answers it."""

    caller: str
    message: type[Message]
    answer: Callable[[Any], Acknowledged]


@dataclass(frozen=True)
class Party:
    """A party: its doors by operation, and the work that is left to do after an answer."""

    doors: Mapping[str, Door]
    work: Callable[[], Awaitable[int]] = no_work


@dataclass(frozen=True)
class PartySettings:
    """
    One listening party. `system` is its name in the matrix, `folder` its own, `mailbox` the one all residents share.

    `addresses` maps systems to base URLs. `tick` is how often unfinished work is tried again, in seconds.
    """

    system: str
    folder: Path
    mailbox: Path
    addresses: Mapping[str, str] = field(default_factory=dict)
    systems_crl: Path | None = None
    tick: float = 1.0


def create_party(settings: PartySettings, *, client: httpx.AsyncClient, random: Chance, make_key: MakeKey) -> Party:
    """Return the party of this name; `client` shows its certificate. Raises LookupError for one that never listens."""
    line = Line(client, settings.addresses, random)
    if settings.system == "municipal-cs":
        return _municipality(NoticeFolder(settings.folder))
    mailbox = Mailbox(settings.mailbox, random)
    if settings.system == "printing-contractor":
        printer = PrintingContractor(settings.folder, mailbox, line, random)
        return Party({"printing-contractor.print": Door("card", PrintOrder, printer.print)}, printer.work)
    if settings.system == "issuing-contractor":
        maker = IssuingContractor(settings.folder, mailbox, line, random, make_key)
        return Party({"issuing-contractor.make": Door("card", IssuanceOrder, maker.make)}, maker.work)
    raise LookupError(settings.system)


def _municipality(folder: NoticeFolder) -> Party:
    return Party(
        {
            "municipal-cs.mdoc_notice": Door("issuer", MunicipalityNotice, folder.keep),
            "municipal-cs.card_suspended": Door("card", CardSuspendedNotice, folder.keep),
            "municipal-cs.card_order_held": Door("card", OrderHeldNotice, folder.keep),
        }
    )


class Refusal(Exception):
    """What a party turns down, by the code of its problem document."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def create_app(
    settings: PartySettings, party: Party, *, now: Clock, wait: Callable[[float], Awaitable[None]] | None = None
) -> Litestar:
    """
    Return the party's application, for a listener that puts the TLS peer into the scope.

    With `wait` (asyncio.sleep in a process) unfinished work is done in the background; without it the caller calls
    `party.work` itself.
    """
    revoked = RevocationList(settings.systems_crl)

    @post("/{system:str}/{verb:str}", status_code=200)
    async def receive(request: Request[Any, Any, Any], system: FromPath[str], verb: FromPath[str]) -> Acknowledged:
        """Answer one operation of this party."""
        door = party.doors.get(f"{system}.{verb}")
        if door is None:
            raise Refusal("not_found")
        _check_caller(request.scope, door, revoked, now)
        try:
            message = msgspec.json.decode(await request.body(), type=door.message)
        except msgspec.MsgspecError:
            raise Refusal("malformed_request") from None
        return door.answer(message)

    return Litestar(
        route_handlers=[health, receive],
        exception_handlers={Refusal: _on_refusal, HTTPException: _on_http, Exception: _on_crash},
        lifespan=[] if wait is None else [_background(party, settings.tick, wait)],
        request_max_body_size=1_000_000,
        openapi_config=None,
        logging_config=None,
    )


@get("/health", sync_to_thread=False)
def health() -> dict[str, str]:
    """Tell that the process answers."""
    return {"status": "ok"}


def _check_caller(scope: Mapping[str, Any], door: Door, revoked: RevocationList, now: Clock) -> None:
    try:
        caller = caller_of(scope, revoked, now())
    except NoCaller as exc:
        raise Refusal(exc.code) from None
    if caller.system != door.caller:
        raise Refusal("not_permitted")


def _background(
    party: Party, tick: float, wait: Callable[[float], Awaitable[None]]
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    async def go_on() -> None:
        while True:
            try:
                await party.work()
            except (OSError, CannotOpen, msgspec.MsgspecError) as exc:
                log.exception("work left", exc_info=exc)
            await wait(tick)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(go_on())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan


def _problem(code: str) -> Response[bytes]:
    status, title = TITLES[code]
    body = {"type": f"urn:tegata:problem:{code}", "title": title, "status": status, "code": code}
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/problem+json")


def _on_refusal(_: Request[Any, Any, Any], exc: Refusal) -> Response[bytes]:
    return _problem(exc.code)


def _on_http(_: Request[Any, Any, Any], exc: HTTPException) -> Response[bytes]:
    codes = {404: "not_found", 405: "method_not_allowed", 413: "request_too_large"}
    return _problem(codes.get(exc.status_code, "malformed_request" if exc.status_code < 500 else "internal_error"))


def _on_crash(_: Request[Any, Any, Any], exc: Exception) -> Response[bytes]:
    log.error("crash", exc_info=exc)
    return _problem("internal_error")
