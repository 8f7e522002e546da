from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from pki.app import PkiParts, create_worker
from pki.jpki.lists import DAILY
from pki.public import create_public_app
from pki.trust.revocation import State, read_crl, state_of
from registry.act import Act
from registry.messages.jpki import IssuedCertificates
from registry.outbox.models import OutboxMessage
from registry.outbox.queue import Worker
from registry.peer.call import Unanswered
from tests.pki.conftest import CallAs
from tests.pki.jpki.conftest import Kept, code_of
from tests.pki.jpki.test_change_events import a_change
from tests.pki.jpki.test_hold import a_hold
from tests.support.clock import FrozenClock
from tests.support.hierarchy import Hierarchy


class Line:
    """The line to SMP, which can be cut; it notes what arrived."""

    def __init__(self) -> None:
        self.cut = False
        self.arrived: list[tuple[str, str | None]] = []

    async def __call__(self, operation, message, answer, *, act: Act, idempotency_key=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 - the protocol Call
        """Take a message, or be silent."""
        if self.cut:
            raise Unanswered("cut")
        self.arrived.append((operation, idempotency_key))
        return answer()


@pytest.fixture
def line() -> Line:
    """A line in order."""
    return Line()


@pytest.fixture
def worker(parts: PkiParts, line: Line) -> Worker:
    """The worker of this context."""
    return create_worker(parts, line)


async def fetch(parts: PkiParts, pki: Hierarchy, path: str) -> httpx.Response:
    """Ask the public listener."""
    app = create_public_app(parts.sessions, trust=pki.state / "trust", now=parts.now, chance=parts.random, signers={})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]  # an ASGI application
    async with httpx.AsyncClient(transport=transport, base_url="http://crl.tegata.example") as client:
        return await client.get(path)


async def test_list_tells_held_from_revoked(
    call_as: CallAs, issued: IssuedCertificates, parts: PkiParts, pki: Hierarchy, worker: Worker, clock: FrozenClock
) -> None:
    """The published list follows a certificate from good over held to revoked, with numbers counting upwards."""
    certificate = x509.load_der_x509_certificate(issued.signature_certificate)
    root = pki.certificate("signature_ca")
    seen = []
    for act in (None, ("call-centre", "pki.hold"), ("juki", "pki.person_changed")):
        if act is not None:
            message = a_hold(issued.signature_serial) if act[1] == "pki.hold" else a_change("death")
            await call_as(act[0]).post(act[1], message)
        await worker.run_step("publish")
        der = (await fetch(parts, pki, "/crl/signature_ca.crl")).content
        number = read_crl(der, root).crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        seen.append((number, state_of(certificate, der, issuer=root, at=clock())))
    assert seen == [(1, State.GOOD), (2, State.HELD), (3, State.REVOKED)]


async def test_list_is_made_daily(worker: Worker, clock: FrozenClock) -> None:
    """Without a change nothing is made, and after a day a new list is."""
    assert await worker.run_step("publish") == 2
    assert await worker.run_step("publish") == 0
    clock.at += DAILY
    assert await worker.run_step("publish") == 2


async def test_public_listener_has_only_lists_and_roots(parts: PkiParts, pki: Hierarchy) -> None:
    """The ceremony's lists and the roots are served; a list that is not published, and a key, are not."""
    assert (await fetch(parts, pki, "/crl/iaca.crl")).content == (pki.state / "trust" / "iaca.crl").read_bytes()
    assert b"BEGIN CERTIFICATE" in (await fetch(parts, pki, "/certificates/iaca.pem")).content
    for path in ("/crl/signature_ca.crl", "/crl/unknown.crl", "/certificates/key.pem"):
        response = await fetch(parts, pki, path)
        assert (response.status_code, code_of(response)) == (404, "list_not_published")
    for path in ("/crl/..%2Fsystems.crl", "/certificates/..%2F..%2Fkeys%2Fpki%2Fiaca.pem"):
        assert (await fetch(parts, pki, path)).status_code == 404


async def test_list_of_roots(parts: PkiParts, pki: Hierarchy, tmp_path: Path) -> None:
    """The list of trusted roots is served as it is on the disk, in gzip where that is taken; or nothing is."""
    signed = (pki.state / "trust" / "vical.cbor").read_bytes()
    answer = await fetch(parts, pki, "/vical")
    assert (answer.headers["content-type"], answer.content) == ("application/cwt", signed)
    assert (answer.headers["content-encoding"], answer.headers["cache-control"]) == ("gzip", "max-age=60")
    without = Hierarchy(tmp_path, pki.at)
    missing = await fetch(parts, without, "/vical")
    assert (missing.status_code, code_of(missing)) == (404, "list_not_published")


async def test_event_is_kept_until_acknowledged(
    call_as: CallAs, issued: IssuedCertificates, kept: Kept, worker: Worker, line: Line, clock: FrozenClock
) -> None:
    """While SMP is silent the event waits; once it answers, the event has arrived under its own id and is emptied."""
    await call_as("juki").post("pki.person_changed", a_change("death"))
    line.cut = True
    await worker.run_step("outbox")
    (event,) = await kept.events()
    line.cut = False
    clock.advance(minutes=10)
    await worker.run_step("outbox")
    assert line.arrived == [("issuer.jpki_event", str(event.event_id))]
    (row,) = await kept.rows(OutboxMessage)
    assert (row.acknowledged_at, row.sealed) == (clock(), b"")


async def test_expiry_is_noted_once(issued: IssuedCertificates, kept: Kept, worker: Worker, clock: FrozenClock) -> None:
    """A certificate whose period is over is revoked with the reason expired, and SMP hears of it once."""
    end = x509.load_der_x509_certificate(issued.signature_certificate).not_valid_after_utc
    clock.at = end
    assert await worker.run_step("expire") == 0
    clock.at = end + timedelta(seconds=1)
    assert await worker.run_step("expire") == 2
    assert await worker.run_step("expire") == 0
    (event,) = await kept.events()
    assert (event.kind, event.cause, event.occurred_at) == ("revoked", "expired", end)
