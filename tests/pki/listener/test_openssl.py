import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from litestar import Litestar

from pki.app import PkiParts, create_worker
from registry.messages.jpki import IssuedCertificates
from registry.peer.listener import plain_config
from tegata.supervise import free_ports
from tests.pki.conftest import CallAs
from tests.pki.jpki.conftest import issued
from tests.pki.jpki.test_change_events import a_change
from tests.pki.jpki.test_hold import a_hold
from tests.pki.listener.conftest import silent
from tests.support.clock import FrozenClock
from tests.support.hierarchy import Hierarchy

__all__ = ["issued"]


async def serve(public: Litestar) -> tuple[uvicorn.Server, asyncio.Task[None], str]:
    """Start the real listener on a socket."""
    (port,) = free_ports(1)
    server = uvicorn.Server(plain_config(public, port=port))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    return server, running, f"http://127.0.0.1:{port}"


@pytest.fixture
async def address(public: Litestar) -> AsyncIterator[str]:
    """The real listener on a socket."""
    server, running, url = await serve(public)
    yield url
    server.should_exit = True
    await running


async def openssl(*arguments: object) -> tuple[int, str]:
    """Exit code and words of the openssl command."""
    process = await asyncio.create_subprocess_exec(
        "openssl", *map(str, arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await asyncio.wait_for(process.communicate(), 20)
    return process.returncode or 0, told.decode()


@dataclass(frozen=True)
class OpenSsl:
    """OpenSSL's command as a client of the listener, at the instant at which the clock stands."""

    url: str
    trust: Path
    folder: Path
    at: datetime

    async def status(self, authority: str, named: tuple[object, ...], *options: str) -> str:
        """What `openssl ocsp` says of a certificate or a serial number; the answer's signature must be right."""
        root = self.trust / f"{authority}.pem"
        # The clock of the test is not the machine's.
        long = ("-validity_period", 2_000_000_000, "-attime", int(self.at.timestamp()))
        code, told = await openssl(
            "ocsp", "-issuer", root, *named, "-url", f"{self.url}/ocsp", "-CAfile", root, *long, *options
        )
        assert code == 0, told
        assert "Response verify OK" in told
        return told

    async def accepts(self, authority: str, list_name: str, certificate: Path) -> bool:
        """Whether `openssl verify -crl_check` accepts a certificate with the list as it is served."""
        root = self.trust / f"{authority}.pem"
        async with httpx.AsyncClient() as client:
            response = await client.get(f"{self.url}/crl/{list_name}.crl")
        crl = self.folder / f"{list_name}.crl"
        crl.write_bytes(response.content)
        at = int(self.at.timestamp())
        line = ("-crl_check", "-CRLfile", crl, "-CAfile", root, "-attime", at, "-ignore_critical")
        code, told = await openssl("verify", *line, certificate)
        assert code == 0 or "certificate revoked" in told, told
        return code == 0

    def write(self, name: str, certificate: bytes) -> Path:
        """Put a certificate where the command can read it."""
        path = self.folder / f"{name}.pem"
        path.write_bytes(x509.load_der_x509_certificate(certificate).public_bytes(serialization.Encoding.PEM))
        return path


@pytest.fixture
def client_of(address: str, pki: Hierarchy, tmp_path: Path, clock: FrozenClock) -> OpenSsl:
    """OpenSSL at the other end of the socket."""
    return OpenSsl(address, pki.state / "trust", tmp_path, clock())


async def test_openssl_hears_good_held_revoked_and_unknown(
    call_as: CallAs, parts: PkiParts, client_of: OpenSsl, issued: IssuedCertificates, clock: FrozenClock
) -> None:
    """A holder's certificates by OCSP and CRL, named with SHA-1 and SHA-256: good, on hold, revoked, and never made."""
    worker = create_worker(parts, silent)  # type: ignore[arg-type]  # never called
    file = client_of.write("signature", issued.signature_certificate)
    asked = ("-cert", file)
    seen, listed = [], []
    for act in (None, ("call-centre", "pki.hold"), ("juki", "pki.person_changed")):
        if act is not None:
            message = a_hold(issued.signature_serial) if act[1] == "pki.hold" else a_change("death")
            assert (await call_as(act[0]).post(act[1], message)).status_code == 200
        await worker.run_step("publish")
        seen.append(await client_of.status("signature_ca", asked))
        assert ": good" in seen[-1] or ": revoked" in await client_of.status("signature_ca", ("-sha256", *asked))
        listed.append(await client_of.accepts("signature_ca", "signature_ca", file))
    good, held, revoked = seen
    assert ": good" in good
    assert ": revoked" in held
    assert "Reason: certificateHold" in held
    assert ": revoked" in revoked
    assert "Reason: cessationOfOperation" in revoked
    assert f"Revocation Time: {clock():%b %d %H:%M:%S %Y} GMT" in revoked
    assert listed == [True, False, False]
    assert ": unknown" in await client_of.status("signature_ca", ("-serial", "0x4711"))
    user = ("-cert", client_of.write("authentication", issued.authentication_certificate))
    assert "Reason: cessationOfOperation" in await client_of.status("authentication_ca", user)


async def test_openssl_hears_of_iaca_and_systems(client_of: OpenSsl, pki: Hierarchy) -> None:
    """A document signer is good, a contractor whose contract ended is revoked, in OCSP as in CRL; several at once."""
    certificates = pki.state / "certificates"
    signer, status_signer = certificates / "document_signer.pem", certificates / "status_signer.pem"
    both = await client_of.status("iaca", ("-cert", signer, "-cert", status_signer))
    assert both.count(": good") == 2
    assert await client_of.accepts("iaca", "iaca", signer)
    former, present = (pki.state / "systems" / name / "certificate.pem" for name in ("call-centre-former", "juki"))
    assert ": revoked" in await client_of.status("systems_ca", ("-cert", former))
    assert ": good" in await client_of.status("systems_ca", ("-cert", present))
    assert not await client_of.accepts("systems_ca", "systems", former)
    assert await client_of.accepts("systems_ca", "systems", present)
    reader = pki.state / "reader" / "relying-party" / "certificate.pem"
    assert ": good" in await client_of.status("reader_ca", ("-cert", reader), "-no_nonce")
