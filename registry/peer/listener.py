"""The listening end of a connection (D7, D16): who is there, and what may not even be read.

Systems listeners ask for a certificate without insisting: a caller without one, or with a revoked one, is refused by
the application, which leaves a record; a certificate of a foreign CA fails in the handshake, which is reported here.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_LIMIT = 32_768  # bytes of request line and headers together
HEAD_SECONDS = 10.0  # for sending them
KEEP_ALIVE_SECONDS = 15
GRACE_SECONDS = 5
_CONCURRENCY = 512


class HeadTooLargeError(Exception):
    """The request line and headers together are longer than HEAD_LIMIT."""


class PeerProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which also tells the application the peer's certificate and bounds the request's head.

    `scope["extensions"]["tls"]["peer_certificate"]` is DER of a certificate that TLS has verified, or None.
    """

    _peer_certificate: bytes | None = None
    _head_bytes = 0
    _in_head = True
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember who is there, and give the first request a limited time."""
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        self._peer_certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        self._limit_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock of a connection that is gone."""
        self._head_received()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Refuse a head that never ends: the parser would go on collecting it."""
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_timer is None:
                self._limit_head()
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_LIMIT and not self.transport.is_closing():
            self.send_400_response("Request head too large.")

    def on_message_begin(self) -> None:
        """Put the peer into the scope of the request that begins."""
        super().on_message_begin()
        self._named_bytes = 0
        self.scope["extensions"] = {"tls": {"peer_certificate": self._peer_certificate}}

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head arrived in time; the rest is bounded by the application."""
        self._in_head = False
        self._head_received()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next bytes are another head."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def _count(self, length: int) -> None:
        self._named_bytes += length
        if self._named_bytes > HEAD_LIMIT:
            raise HeadTooLargeError  # the parser reports it as a bad request and closes

    def _limit_head(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _head_received(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def systems_config(
    app: Any,  # noqa: ANN401 - an ASGI application, or its factory, as uvicorn takes it
    *,
    port: int,
    certificate: Path,
    key: Path,
    ca: Path,
    on_failed_handshake: Callable[[str], None],
    host: str = "127.0.0.1",
) -> uvicorn.Config:
    """Settings of a systems listener: mutual TLS 1.3 under the systems CA, also on loopback (D7).

    certificate, key, ca: PEM files. `on_failed_handshake` hears the reason of each failed handshake, which contains
    nothing that the other side chose. Raises OSError or ssl.SSLError for unreadable files.
    """
    context = _server_context(certificate, key, ssl.TLSVersion.TLSv1_3)
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.sslobject_class = _reporting(on_failed_handshake)  # asyncio itself drops a failed handshake in silence
    return _config(app, host, port, context)


def public_config(
    app: Any,  # noqa: ANN401 - as above
    *,
    port: int,
    certificate: Path,
    key: Path,
    host: str = "127.0.0.1",
) -> uvicorn.Config:
    """Settings of a public listener: server TLS only, 1.2 or later, for phones and relying parties (D16)."""
    return _config(app, host, port, _server_context(certificate, key, ssl.TLSVersion.TLSv1_2))


def plain_config(
    app: Any,  # noqa: ANN401 - as above
    *,
    port: int,
    host: str = "127.0.0.1",
) -> uvicorn.Config:
    """Settings of a listener without TLS, for CRL and OCSP, which are signed themselves (D16)."""
    return _config(app, host, port, None)


def _server_context(certificate: Path, key: Path, minimum: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = minimum
    context.load_cert_chain(certificate, key)
    # No resumption: every connection shows and proves its certificate anew.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    return context


def _reporting(report: Callable[[str], None]) -> type[ssl.SSLObject]:
    class ReportingObject(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLCertVerificationError as error:
                report(f"certificate not accepted: {error.verify_message}")
                raise
            except ssl.SSLError as error:
                report(f"handshake failed: {error.reason or type(error).__name__}")
                raise

    return ReportingObject


def _config(app: Any, host: str, port: int, context: ssl.SSLContext | None) -> uvicorn.Config:  # noqa: ANN401
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PeerProtocol,
        ws="none",
        lifespan="on",
        ssl_context_factory=None if context is None else lambda _config, _default: context,
        access_log=False,  # addresses of requests are the trail's affair
        log_config=None,
        proxy_headers=False,  # nobody may say who he is in a header
        server_header=False,
        limit_concurrency=_CONCURRENCY,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
