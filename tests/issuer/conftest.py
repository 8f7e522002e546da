"""The issuer's inner rooms with their real database: authority, provisioning, status lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from issuer.authority.claims import Claiming
from issuer.authority.elements import DOC_TYPE
from issuer.authority.signers import document_signer
from issuer.authority.tools import Authority
from issuer.provisioning.confirmation import confirm_bundle
from issuer.provisioning.first_issue import issue_due
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.exchange import current_token
from issuer.smp.application.messages import NextStep, PhoneWord
from issuer.smp.binding import bind
from issuer.status_list.plan import ListPlan
from issuer.status_list.publication import Publisher
from pki.trust.mdoc import document_signer_trust, status_signer_trust
from registry.act import new_id
from registry.messages.relay import Push
from registry.outbox.models import OutboxMessage
from registry.outbox.put import CONTEXT
from tests.issuer.processes import parts, settings
from tests.issuer.smp.conftest import Desk, Line, database, desk, holder, line, sealer, tools
from tests.support.applications import AUDIENCE, Holder, Phone, a_phone, a_phone_word, an_application
from tests.support.hierarchy import hierarchy
from tests.support.hpke import open_letter

__all__ = [
    "Line",
    "database",
    "desk",
    "holder",
    "line",
    "parts",
    "sealer",
    "settings",
    "tools",
]  # fixtures, found by name

PLAN = ListPlan(AUDIENCE, size=512, open_lists=2)


@pytest.fixture
def authority(desk: Desk) -> Authority:
    """The issuing authority with the document signer of the small PKI."""
    pki = hierarchy()
    return Authority(
        sessions=desk.sessions,
        sealer=desk.tools.sealer,
        random=desk.random,
        signers=[document_signer(DOC_TYPE, pki.signer("document_signer"), pki.chain("document_signer"))],
        trust=document_signer_trust(pki.anchors("iaca")),
        plan=PLAN,
        claiming=Claiming(desk.random, timedelta(seconds=20)),
    )


@pytest.fixture
def provisioning(desk: Desk, authority: Authority) -> Provisioning:
    """Provisioning as the worker has it."""
    return Provisioning(desk.sessions, authority, desk.tools, desk.random)


@pytest.fixture
def publisher() -> Publisher:
    """The status signer of the small PKI."""
    pki = hierarchy()
    trust = status_signer_trust(pki.anchors("iaca"))
    aggregation = f"{AUDIENCE}/status-lists"
    return Publisher(pki.signer("status_signer").sign, pki.chain("status_signer"), trust, aggregation_uri=aggregation)


@dataclass
class Inside:
    """A holder whose application was accepted, step by step on its way to a set in use."""

    desk: Desk
    provisioning: Provisioning
    holder: Holder
    phone: Phone
    application_id: UUID

    async def issue(self) -> int:
        """Let the worker issue what is accepted."""
        return await issue_due(self.provisioning, at=self.desk.clock())

    def word(self, action: str, *, phone: Phone | None = None, jti: UUID | None = None, **claims: Any) -> str:
        """A message of the phone."""
        name = str(jti or new_id(self.desk.random))
        return a_phone_word(phone or self.phone, self.application_id, action, at=self.desk.clock(), jti=name, **claims)

    async def pushed(self, phone: Phone | None = None) -> list[dict[str, Any]]:
        """The letters that wait for the relay, as a phone opens them, oldest first."""
        rows = sorted(await self.desk.rows(OutboxMessage, operation="relay.push"), key=lambda row: row.at)
        bodies = [self.desk.tools.sealer.open(row.sealed, CONTEXT) for row in rows if row.sealed]
        reader, pushes = phone or self.phone, [msgspec.json.decode(body, type=Push) for body in bodies]
        return [open_letter(reader, push) for push in pushes if push.app_install_id == reader.app_install_id]

    async def waits(self) -> list[dict[str, Any]]:
        """The wait commands among them, each with its one-time password."""
        return [letter for letter in await self.pushed() if letter["type"] == "wait"]

    async def token(self) -> str:
        """The token of the step at which the application stands."""
        return current_token(await self.desk.application(self.application_id), self.desk.tools).next_step_token

    async def bind(self, **claims: Any) -> NextStep:
        """Let the phone send back the one-time password that came last; `claims` replaces what it says."""
        row = await self.desk.application(self.application_id)
        last = next(each for each in await self.waits() if each["otp_request_id"] == row.otp_request_id)
        said = {
            "next_step_token": await self.token(),
            "otp_request_id": last["otp_request_id"],
            "one_time_password": last["one_time_password"],
        } | claims
        answer = await self.desk.step(bind, self.word("bind", **said), self.desk.tools)
        assert isinstance(answer, NextStep)
        return answer

    async def confirm(
        self, set_id: UUID, *, phone: Phone | None = None, jti: UUID | None = None, bound: bool = True
    ) -> object:
        """Let the phone confirm a bundle, once it has bound the issue to itself."""
        row = await self.desk.application(self.application_id)
        if bound and row.issuance_binding_status == "waiting":
            await self.bind()
        word = self.word("confirm_bundle", phone=phone, jti=jti, set_id=set_id)
        return await self.desk.step(confirm_bundle, PhoneWord(message=word), self.desk.tools)

    def at(self) -> datetime:
        """The present instant."""
        return self.desk.clock()


@pytest.fixture
async def accepted(desk: Desk, provisioning: Provisioning, holder: Holder) -> Inside:
    """An application that was verified and accepted."""
    return await accept(desk, provisioning, holder, a_phone())


async def accept(desk: Desk, provisioning: Provisioning, holder: Holder, phone: Phone) -> Inside:
    """Apply and be accepted."""
    applied = await desk.apply(an_application(holder, phone, desk.nonce(), at=desk.clock()))
    assert await desk.verify() == 1
    return Inside(desk, provisioning, holder, phone, applied.application_id)
