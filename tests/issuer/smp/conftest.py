"""SMP with its real database; at the other end of the wire JPKI and the card system, as the test lets them answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from issuer.smp.application.content import thumbprint
from issuer.smp.application.intake import open_applications
from issuer.smp.application.messages import Applied, Apply
from issuer.smp.application.models import Application
from issuer.smp.application.nonces import make_nonce
from issuer.smp.application.states import State, advance
from issuer.smp.reception import apply
from issuer.smp.record.models import RecordSet
from issuer.smp.record.register import Entry, NewRecord, NewSet, register_sets
from issuer.smp.record.states import Status
from issuer.smp.record.steps import move
from issuer.smp.tools import SmpTools, Trust
from issuer.smp.verification.run import verify_due
from issuer.status_list.allocation import allocate
from issuer.status_list.plan import ListPlan
from issuer.store import DATABASE
from registry.act import Act, new_id
from registry.messages.card import Confirm, Confirmation
from registry.messages.jpki import CertificateQuery, CertificateState
from registry.messages.message import Message
from registry.peer.call import Refused, Unanswered
from registry.postgres.database import Database
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer
from tests.support.applications import AUDIENCE, Holder, a_holder, an_application
from tests.support.attestations import Phone, a_phone, trusted_makers
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy

DOC_TYPE = "org.iso.23220.1.jp.mnc"


@pytest.fixture
def database() -> Database:
    """The database of the mdoc issuance system."""
    return DATABASE


@pytest.fixture(scope="session")
def holder() -> Holder:
    """A resident with a card."""
    return a_holder()


@dataclass
class Line:
    """The wire to JPKI and the card system, where the test decides what comes back; it keeps what was asked."""

    certificate: str = "good"
    card_matches: bool = True
    silent: set[str] = field(default_factory=set)
    refusing: set[str] = field(default_factory=set)
    confused: set[str] = field(default_factory=set)
    asked: list[tuple[str, Message | bytes]] = field(default_factory=list)

    async def __call__(
        self,
        operation: str,
        message: Message | bytes,
        answer: type[Any],
        *,
        act: Act,
        idempotency_key: str | None = None,
    ) -> Any:
        """Answer as the other end would, or not at all."""
        self.asked.append((operation, message))
        if operation in self.silent:
            raise Unanswered("no answer")
        if operation in self.refusing:
            raise Refused("not_permitted", 403)
        if isinstance(message, bytes):
            return answer()
        if isinstance(message, Confirm):
            other = UUID(int=0) if operation in self.confused else message.request_id
            code = None if self.card_matches else "differs"
            return Confirmation(request_id=other, match=self.card_matches, code=code)
        assert isinstance(message, CertificateQuery)
        serial = "ff" if operation in self.confused else message.signing_certificate_serial
        return CertificateState(signing_certificate_serial=serial, state=self.certificate)  # type: ignore[arg-type]


@pytest.fixture
def line() -> Line:
    """The wire, with everybody content."""
    return Line()


@pytest.fixture
def sealer(entropy: SeededBytes) -> Sealer:
    """Sealing under keys that live as long as a test."""
    key_id = new_id(entropy)
    return Sealer({key_id: entropy(32)}, key_id, entropy(32), entropy)


@pytest.fixture
def tools(line: Line, sealer: Sealer) -> SmpTools:
    """What SMP is given."""
    pki = hierarchy()
    trust = Trust(pki.anchors("signature_ca"), pki.anchors("card_data_ca"), trusted_makers())
    return SmpTools(sealer, line, AUDIENCE, trust)


@dataclass
class Desk:
    """A phone's and JPKI's way into SMP: one transaction per message, as the real desk does it."""

    sessions: Sessions
    tools: SmpTools
    clock: FrozenClock
    random: SeededBytes

    def act(self, operation: str = "issuer.apply", caller: str = "edge") -> Act:
        """One request at the present instant."""
        return Act(operation, "issuer", caller, new_id(self.random), self.clock(), self.random)

    def nonce(self) -> str:
        """A fresh nonce."""
        return make_nonce(self.tools.sealer, at=self.clock(), random=self.random)

    async def step(self, function: Callable[..., Any], *args: Any, **named: Any) -> Any:
        """Run one step of the service in a transaction of its own."""
        async with self.sessions.begin() as session:
            return await function(session, self.act(), *args, **named)

    async def apply(self, cms: bytes) -> Applied:
        """Send a message signed with the card."""
        answer = await self.step(apply, Apply(signed_application=cms), self.tools)
        assert isinstance(answer, Applied)
        return answer

    async def verify(self) -> int:
        """Let the worker decide what is due."""
        return await verify_due(self.sessions, self.tools, at=self.clock(), random=self.random)

    async def application(self, application_id: UUID) -> Application:
        """The row of an application, read afresh and whole."""
        async with self.sessions() as session:
            return await session.get_one(Application, application_id, options=[undefer("*")])

    async def rows(self, table: type[Any], **where: Any) -> list[Any]:
        """Every row of a table, read afresh and whole."""
        async with self.sessions() as session:
            return list(await session.scalars(select(table).filter_by(**where).options(undefer("*"))))


@pytest.fixture
def desk(sessions: Sessions, tools: SmpTools, clock: FrozenClock, entropy: SeededBytes) -> Desk:
    """The way into SMP."""
    return Desk(sessions, tools, clock, entropy)


@dataclass
class Owned:
    """A holder, the phone, and the set of records it holds."""

    holder: Holder
    phone: Phone
    application_id: UUID
    set_id: UUID


async def issued_set(desk: Desk, holder: Holder, phone: Phone, *, active: bool = True, days: int = 20) -> Owned:
    """Apply, be accepted, and enter a set of records into the books as the authority does, confirmed or not."""
    applied = await desk.apply(an_application(holder, phone, desk.nonce(), at=desk.clock()))
    assert await desk.verify() == 1
    set_id = await enter_set(desk, applied.application_id, days=days, active=active)
    return Owned(holder, phone, applied.application_id, set_id)


async def enter_set(desk: Desk, application_id: UUID, *, days: int, active: bool) -> UUID:
    """Enter the set of an accepted application into the books; return its id."""
    set_id = new_id(desk.random)
    async with desk.sessions.begin() as session:
        await _enter(desk, session, application_id, set_id, days=days, active=active)
    return set_id


async def _enter(
    desk: Desk, session: AsyncSession, application_id: UUID, set_id: UUID, *, days: int, active: bool
) -> None:
    act, at = desk.act("issuer.issue", "issuer"), desk.clock()
    application = await session.get_one(Application, application_id)
    signed = (await open_applications(session, [application_id], desk.tools.sealer))[application_id]
    plan = ListPlan("https://smp.test", size=256, open_lists=1)
    places = await allocate(session, len(signed.device_points), plan=plan, random=desk.random, at=at)
    records = [
        NewRecord(place.list_id, place.idx, thumbprint(point))
        for place, point in zip(places, signed.device_points, strict=True)
    ]
    until = at + timedelta(days=days)
    new = NewSet(set_id, DOC_TYPE, at, until, "Tegata")
    await register_sets(session, [Entry(act, application, signed, new, records)], desk.tools.sealer)
    steps = [State.IACA_REQUESTED, State.IACA_DONE, State.SENDING, State.WAITING_DEVICE]
    for state in [*steps, State.COMPLETED] if active else steps:
        advance(application, state, at=at)
    if active:
        record_set = await session.get_one(RecordSet, set_id)
        await move(session, act, record_set, Status.ACTIVE, reason="confirmed", sealer=desk.tools.sealer)


@pytest.fixture
async def owned(desk: Desk, holder: Holder) -> Owned:
    """A holder whose phone holds a set in use."""
    return await issued_set(desk, holder, a_phone())
