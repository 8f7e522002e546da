"""Systems certificates for tests of the guard, and a transport that shows them as the TLS listener would."""

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID
from litestar import Litestar

from tests.support.clock import START

_KEY = ec.generate_private_key(ec.SECP256R1())


def system_certificate(
    system: str, body: str | None = None, *, serial: int | None = None, purpose: bool = True, addressed: bytes = b""
) -> bytes:
    """
    Return a DER certificate that names a system the way the systems CA does (not signed by it).

    `addressed`: what stands in subjectAltName (DER), absent by default.
    """
    names = [x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Tegata")]
    if body is not None:
        names.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, body))
    subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, system)])
    usage = ExtendedKeyUsageOID.CLIENT_AUTH if purpose else ExtendedKeyUsageOID.SERVER_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(_KEY.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=400))
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    if addressed:
        names_beside = x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, addressed)
        builder = builder.add_extension(names_beside, critical=False)
    return builder.sign(_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class WhenAsked:
    """An application that is made when it is first asked: most tests ask one or two of the systems around them."""

    def __init__(self, make: Callable[[], Litestar]) -> None:
        self._make = make

    @cached_property
    def whole(self) -> Litestar:
        """The application itself."""
        return self._make()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as the application does."""
        await self.whole(scope, receive, send)


class PeerTransport(httpx.ASGITransport):
    """Carries requests to an application in this process and names the peer, as `registry.peer.listener` does."""

    def __init__(self, app: Any, certificate: bytes | None) -> None:
        async def shown(scope: Any, receive: Any, send: Any) -> None:
            extensions = {**scope.get("extensions", {}), "tls": {"peer_certificate": certificate}}
            await app({**scope, "extensions": extensions}, receive, send)

        super().__init__(app=shown, raise_app_exceptions=False)


def client_of(app: Any, system: str | None, body: str | None = None, **named: Any) -> httpx.AsyncClient:
    """Return a client that reaches the application as one system; None shows no certificate at all."""
    certificate = None if system is None else system_certificate(system, body, **named)
    return httpx.AsyncClient(transport=PeerTransport(app, certificate), base_url="https://test")
