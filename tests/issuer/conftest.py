"""The issuer's inner rooms with their real database: authority, provisioning, status lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from issuer.authority.claims import Claiming
from issuer.authority.elements import DOC_TYPE
from issuer.authority.issuance import Authority
from issuer.authority.signers import document_signer
from issuer.provisioning.confirmation import confirm_bundle
from issuer.provisioning.first_issue import issue_due
from issuer.provisioning.tools import Provisioning
from issuer.smp.application.messages import PhoneWord
from issuer.status_list.plan import ListPlan
from issuer.status_list.publication import Publisher
from pki.trust.mdoc import document_signer_trust, status_signer_trust
from registry.act import new_id
from tests.issuer.smp.conftest import Desk, Line, database, desk, holder, line, sealer, tools
from tests.support.applications import AUDIENCE, Holder, Phone, a_phone, a_phone_word, an_application
from tests.support.hierarchy import hierarchy

__all__ = ["Line", "database", "desk", "holder", "line", "sealer", "tools"]  # fixtures, found by name

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

    async def confirm(self, set_id: UUID, *, phone: Phone | None = None, jti: UUID | None = None) -> object:
        """Let the phone confirm a bundle."""
        word = a_phone_word(
            phone or self.phone,
            self.application_id,
            "confirm_bundle",
            at=self.desk.clock(),
            set_id=set_id,
            jti=str(jti or new_id(self.desk.random)),
        )
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
