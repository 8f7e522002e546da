"""The public listener of this context: roots, lists and status answers over plain HTTP, all signed (D16)."""

import asyncio
import binascii
import logging
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from cryptography import x509
from litestar import Litestar, Request, Response, get, post
from litestar.config.compression import CompressionConfig
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from mdoc.vical import MEDIA_TYPE as VICAL_MEDIA_TYPE
from pki.ca.files import read_certificate
from pki.ca.lists import list_file, listed_in, newest
from pki.ca.ocsp import REQUEST_LIMIT, Delegate, NoStatus, Status, Term, without_status
from pki.ca.register import delegate_certificate, key_digest
from pki.ca.register import status_of as status_of_register
from pki.ca.responder import Answer, Responder
from pki.errors import Code, PkiError
from pki.jpki.lists import NAMES
from pki.jpki.status import status_of as status_of_user
from pki.keys.signer import Signer
from registry.act import Chance, Clock
from registry.postgres.engine import Sessions
from registry.problems import MEDIA_TYPE, ServiceError, crash, document
from registry.service import CODES

REQUEST_TYPE = "application/ocsp-request"
ANSWER_TYPE = "application/ocsp-response"
_LIST_TYPE = "application/pkix-crl"
_LONGEST_PATH = 1024  # RFC 5019 5: GET is for short requests, longer ones are sent by POST
SYSTEM = "pki-public"
log = logging.getLogger(__name__)
_AT_MOST = 60  # seconds that anybody keeps an answer or a list: a hold must be seen soon


def create_public_app(
    sessions: Sessions, *, trust: Path, now: Clock, chance: Chance, signers: Mapping[str, Signer]
) -> Litestar:
    """
    Return the public listener.

    `sessions`: of the read-only role, which sees lists, serial numbers and their state, and no person. `trust`: the
    folder with the roots and the lists that the ceremony signs. `signers`: authority -> signer of its status answers,
    the only keys of this process; an authority without one is answered for by nobody.
    """
    responder = _responder(sessions, trust, signers)
    return Litestar(
        route_handlers=[
            _lists(sessions, trust, now),
            _roots(trust),
            _list_of_roots(trust / "vical.cbor"),
            *_status(responder, now),
        ],
        compression_config=CompressionConfig("gzip"),
        exception_handlers=_handlers(chance),
        request_max_body_size=REQUEST_LIMIT,
        openapi_config=None,
        logging_config=None,
    )


def _responder(sessions: Sessions, trust: Path, signers: Mapping[str, Signer]) -> Responder:
    roots = {name: found for name in signers if (found := read_certificate(trust / f"{name}.pem")) is not None}

    async def status_of(authority: str, serial: int) -> Status | None:
        async with sessions() as session:
            return await _status_in(session, authority, serial)

    async def delegate_of(authority: str, at: datetime) -> Delegate | None:
        signer = signers[authority]
        async with sessions() as session:
            der = await delegate_certificate(session, authority, key_digest(signer.public_key), at)
        return None if der is None else Delegate(signer, x509.load_der_x509_certificate(der))

    return Responder(roots, status_of, delegate_of)


async def _status_in(session: AsyncSession, authority: str, serial: int) -> Status | None:
    """Signers and the authorities themselves stand in the register, certificates of holders in a table of their own."""
    found = await status_of_register(session, authority, serial)
    if found is None and authority in NAMES:
        return await status_of_user(session, NAMES[authority], serial)
    return found


def _status(responder: Responder, now: Clock) -> list[Any]:
    async def answer(request: bytes) -> Response[bytes]:
        at = now()
        try:
            found = await responder.respond(request, at)
        except NoStatus as nothing:
            found = Answer(without_status(nothing.trouble), None)
        return Response(found.der, media_type=ANSWER_TYPE, headers=_caching(found.der, found.term, at))

    @post("/ocsp", status_code=200)
    async def posted(request: Request[Any, Any, Any]) -> Response[bytes]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != REQUEST_TYPE:
            raise HTTPException(status_code=415)
        return await answer(await request.body())

    @get("/ocsp/{encoded:path}")
    async def in_the_path(request: Request[Any, Any, Any], encoded: FromPath[str]) -> Response[bytes]:
        del encoded  # what the router decoded; a request that contains %2F or // is only whole in the raw path
        return await answer(_from_path(request.scope.get("raw_path") or b""))

    return [posted, in_the_path]


def _from_path(raw: bytes) -> bytes:
    """RFC 6960 A.1: base64 of the request, percent-encoded; what is no base64 is answered as a malformed request."""
    text = unquote_to_bytes(raw.partition(b"?")[0].partition(b"/ocsp/")[2])
    if len(raw) > _LONGEST_PATH:
        return b""
    try:
        return b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _caching(content: bytes, term: Term | None, at: datetime) -> dict[str, str]:
    """RFC 5019 6.2, but never longer than a minute; what was made for one caller, or has no status, is not kept."""
    if term is None:
        return {"Cache-Control": "no-store"}
    seconds = max(0, min(_AT_MOST, int((term.end - at).total_seconds())))
    return {
        "Cache-Control": f"max-age={seconds}, public, no-transform, must-revalidate",
        "ETag": f'"{sha256(content).hexdigest()}"',
        "Last-Modified": format_datetime(term.begin, usegmt=True),
        "Expires": format_datetime(term.end, usegmt=True),
    }


def _lists(sessions: Sessions, trust: Path, now: Clock) -> Any:  # noqa: ANN401 - a route of the framework
    signed_by_ceremony = {path.stem: path for path in trust.glob("*.crl")}
    by_file = {name: name for name in NAMES} | {list_file(name): name for name in listed_in(trust)}

    @get("/crl/{name:str}")
    async def revocation_list(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        stem = name.removesuffix(".crl")
        async with sessions() as session:
            authority = by_file.get(stem)
            found = await newest(session, authority) if authority else None
        if found is None and stem in signed_by_ceremony:
            der = await asyncio.to_thread(signed_by_ceremony[stem].read_bytes)
        elif found is None:
            raise PkiError(Code.LIST_NOT_PUBLISHED)
        else:
            der = found.der
        return _list(der, request.headers.get("if-none-match"), now())

    return revocation_list


def _list(der: bytes, known: str | None, at: datetime) -> Response[bytes]:
    crl = x509.load_der_x509_crl(der)
    headers = _caching(der, Term(crl.last_update_utc, crl.next_update_utc or crl.last_update_utc), at)
    if known == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    return Response(der, media_type=_LIST_TYPE, headers=headers)


def _roots(trust: Path) -> Any:  # noqa: ANN401 - a route of the framework
    # Links of the IACA's roots stand beside them: whoever knows one root comes to the next (Annex B.1.3).
    files = [*trust.glob("*.pem"), *(trust.parent / "links").glob("*.pem")]
    roots = {path.name: path.read_bytes() for path in files}

    @get("/certificates/{name:str}", sync_to_thread=False)
    def root(name: FromPath[str]) -> Response[bytes]:
        if name not in roots:
            raise PkiError(Code.LIST_NOT_PUBLISHED)
        return _plain(roots[name], "application/pem-certificate-chain")

    return root


def _list_of_roots(path: Path) -> Any:  # noqa: ANN401 - a route of the framework
    @get("/vical")
    async def vical() -> Response[bytes]:
        """Return the list of trusted roots as it is on the disk now (ISO/IEC 18013-5 Annex C)."""
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            raise PkiError(Code.LIST_NOT_PUBLISHED) from None
        return _plain(content, VICAL_MEDIA_TYPE)

    return vical


def _plain(content: bytes, media_type: str) -> Response[bytes]:
    return Response(content, media_type=media_type, headers={"Cache-Control": f"max-age={_AT_MOST}"})


def _handlers(chance: Chance) -> dict[int | type[Exception], Callable[[Any, Any], Response[bytes]]]:
    def answer(status: int, body: bytes) -> Response[bytes]:
        return Response(body, status_code=status, media_type=MEDIA_TYPE)

    def refused(_: object, refusal: ServiceError) -> Response[bytes]:
        return answer(*document(refusal, chance(8).hex()))

    def http(_: object, error: HTTPException) -> Response[bytes]:
        codes = {**CODES, 415: str(Code.UNSUPPORTED_MEDIA_TYPE)}
        return refused(_, ServiceError(codes.get(error.status_code, "malformed_request")))

    def crashed(_: object, error: Exception) -> Response[bytes]:
        mark = chance(8).hex()
        log.error("crash", extra={"reference": mark, "system": SYSTEM, "kind": type(error).__name__}, exc_info=error)
        return answer(*crash(mark))

    return {ServiceError: refused, HTTPException: http, Exception: crashed}
