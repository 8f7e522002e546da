"""SMP and the JPKI side, both real, over their own doors: E-36 asked, E-37 delivered by JPKI's worker."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Litestar

from issuer.app import IssuerParts, IssuerSettings, create_app
from issuer.smp.jpki import refusal_of
from issuer.smp.record.models import LapseRecord, RecordSet
from issuer.smp.record.reconciliation import reconcile_due
from pki.app import DATABASE as JPKI_DATABASE
from pki.app import PkiParts, PkiSettings, create_worker, open_authorities
from pki.app import create_app as create_jpki
from pki.keys.uri import make_wrapping_key
from pki.keys.wrapping import Wrapping
from registry.messages.codes import record_code_check_digit
from registry.messages.jpki import HoldCertificates, IssuedCertificates, OrderCertificates, PersonChanged, SuspendMdoc
from registry.messages.message import Message
from registry.messages.person import Items
from registry.outbox.queue import Worker
from registry.peer.client import HttpCall
from tests.issuer.smp.conftest import Desk, Line, issued_set
from tests.support.applications import Holder, a_holder
from tests.support.attestations import a_phone, maker
from tests.support.clock import FrozenClock
from tests.support.database import Stores, store_session
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy, rsa_key
from tests.support.peers import PeerTransport

RECORD_CODE = "1234567890" + record_code_check_digit("1234567890")


def call_to(app: Litestar, system: str, caller: str, clock: FrozenClock, stack: AsyncExitStack) -> HttpCall:
    """Reach one system as another, with the ceremony's certificate."""
    transport = PeerTransport(app, hierarchy().system(caller))
    client = httpx.AsyncClient(transport=transport)
    stack.push_async_callback(client.aclose)
    return HttpCall(client, {system: f"https://{system}.tegata.internal"}, None, clock)


@dataclass
class Both:
    """The two systems, and a holder whose card has certificates of the real JPKI side."""

    desk: Desk
    jpki: Litestar
    worker: Worker
    ask: HttpCall
    holder: Holder

    async def tell(self, caller: str, operation: str, message: Message, *, delivered: bool = True) -> httpx.Response:
        """Say something to JPKI as one of the systems that may, and let its worker deliver what follows, or not yet."""
        transport = PeerTransport(self.jpki, hierarchy().system(caller))
        async with httpx.AsyncClient(transport=transport, base_url="https://pki.tegata.internal") as client:
            answer = await client.post("/" + operation.replace(".", "/"), content=msgspec.json.encode(message))
        assert answer.status_code < 300, answer.text
        if delivered:
            await self.worker.drain(self.desk.clock())
        return answer

    async def compare(self) -> int:
        """Let SMP's worker compare its sets with JPKI."""
        return await reconcile_due(self.desk.sessions, self.desk.tools, at=self.desk.clock(), random=self.desk.random)

    async def status(self) -> tuple[str, bool]:
        """State of the one set, and whether its certificate is on hold."""
        (record_set,) = await self.desk.rows(RecordSet)
        return record_set.mdoc_status, record_set.certificate_on_hold


@pytest.fixture
async def both(
    desk: Desk, stores: Stores, clock: FrozenClock, entropy: SeededBytes, tmp_path: Path, line: Line
) -> AsyncIterator[Both]:
    """Both systems, joined in memory as their listeners would join them."""
    pki = hierarchy()
    async with AsyncExitStack() as stack:
        sessions = await stack.enter_async_context(store_session(stores, JPKI_DATABASE))
        wrapping = make_wrapping_key((tmp_path / "wrapping.key").as_uri(), entropy)
        parts = PkiParts(
            sessions, clock, entropy, wrapping, open_authorities(pki.state / "trust", pki.signer), sessions
        )
        jpki = create_jpki(PkiSettings("", pki.state, ""), parts)
        smp = _smp(desk, tmp_path, wrapping, line)
        worker = create_worker(parts, call_to(smp, "issuer", "pki", clock, stack))
        ask = call_to(jpki, "pki", "issuer", clock, stack)
        world = Both(desk, jpki, worker, ask, a_holder())
        world.holder = await _with_real_certificate(world)
        desk.tools = replace(desk.tools, call=_Asking(line, ask))
        yield world


def _smp(desk: Desk, folder: Path, wrapping: Wrapping, line: Line) -> Litestar:
    maker().publish(folder / "makers", at=desk.clock())
    settings = IssuerSettings("", hierarchy().state, "", desk.tools.audience, folder / "makers")
    return create_app(settings, IssuerParts(desk.sessions, desk.clock, desk.random, wrapping, line))


class _Asking:
    """JPKI is asked for real; the card system stands at the other end of the test's wire."""

    def __init__(self, line: Line, ask: HttpCall) -> None:
        self._line = line
        self._ask = ask

    async def __call__(self, operation: str, message: Any, answer: type[Any], **named: Any) -> Any:
        other = self._ask if operation.startswith("pki.") else self._line
        return await other(operation, message, answer, **named)


async def _with_real_certificate(world: Both) -> Holder:
    """Order the card's certificates as the card system does."""
    items = world.holder.items
    key = world.holder.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    other = rsa_key("authentication").public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    person = Items(
        name_kanji=items.name,
        name_kana="タカハシ ハナコ",
        birth_date=items.birth_date,
        sex=items.sex,
        address=items.address,
        address_municipality_code="131016",
    )
    order = OrderCertificates(
        order_id=UUID(int=1),
        card_issue_number=world.holder.face.card_issue_number,
        resident_record_code=RECORD_CODE,
        items=person,
        card_valid_until=date(2035, 5, 2),
        signature_public_key=key,
        authentication_public_key=other,
    )
    answer = await world.tell("card", "pki.order_certificates", order)
    issued = msgspec.json.decode(answer.content, type=IssuedCertificates)
    return replace(world.holder, certificate=x509.load_der_x509_certificate(issued.signature_certificate))


async def state_of(both: Both, serial: str) -> str | None:
    """Ask JPKI."""
    return await refusal_of(both.ask, both.desk.act("issuer.verify_application", "issuer"), serial)


@pytest.mark.requirement("MDOC-12", "MDOC-16")
async def test_the_real_jpki_answers_for_its_certificates(both: Both) -> None:
    """In effect after the order, unknown where it issued nothing, on hold after a lost card."""
    assert await state_of(both, both.holder.serial) is None
    assert await state_of(both, "abcdef") == "certificate_unknown"
    hold = HoldCertificates(
        request_id=UUID(int=2),
        signing_certificate_serial=both.holder.serial,
        identity_check="check-1",
        reason="lost",
    )
    await both.tell("call-centre", "pki.hold", hold)
    assert await state_of(both, both.holder.serial) == "certificate_on_hold"


@pytest.mark.requirement("MDOC-35", "MDOC-37", "MDOC-51", "MDOC-59")
async def test_what_happens_at_jpki_reaches_the_records(both: Both) -> None:
    """A lost phone suspends; a lost card only marks; a move ends the records: all told by JPKI's own worker."""
    await issued_set(both.desk, both.holder, a_phone())
    serial = both.holder.serial
    lost = SuspendMdoc(
        request_id=UUID(int=3), signing_certificate_serial=serial, identity_check="check-2", reason="lost"
    )
    await both.tell("call-centre", "pki.suspend_mdoc", lost)
    assert await both.status() == ("suspended", False)

    hold = HoldCertificates(
        request_id=UUID(int=4), signing_certificate_serial=serial, identity_check="check-3", reason="lost"
    )
    await both.tell("call-centre", "pki.hold", hold)
    assert await both.status() == ("suspended", True)

    moved = PersonChanged(
        event_id=UUID(int=5), resident_record_code=RECORD_CODE, reason="move_within", change_date=date(2026, 4, 10)
    )
    await both.tell("juki", "pki.person_changed", moved)
    assert (await both.status())[0] == "revoked"
    assert await state_of(both, serial) == "certificate_revoked"


@pytest.mark.requirement("MDOC-35", "MDOC-37", "MDOC-59")
async def test_what_never_arrived_is_made_up_for(both: Both) -> None:
    """A hold and a move that JPKI could not deliver: the daily comparison finds them; late, they add nothing."""
    await issued_set(both.desk, both.holder, a_phone())
    hold = HoldCertificates(
        request_id=UUID(int=4), signing_certificate_serial=both.holder.serial, identity_check="check-3", reason="lost"
    )
    await both.tell("call-centre", "pki.hold", hold, delivered=False)
    await both.compare()
    held = await both.status()
    moved = PersonChanged(
        event_id=UUID(int=5), resident_record_code=RECORD_CODE, reason="move_within", change_date=date(2026, 4, 10)
    )
    await both.tell("juki", "pki.person_changed", moved, delivered=False)
    both.desk.clock.advance(days=1)
    await both.compare()
    both.desk.clock.advance(hours=1)
    await both.worker.drain(both.desk.clock())

    assert held == ("active", True)
    assert (await both.status())[0] == "revoked"
    assert [(row.cause, row.trigger) for row in await both.desk.rows(LapseRecord)] == [("9-1b", "move_within")]
