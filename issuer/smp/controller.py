"""Routes of SMP: from the edge (E-48), from JPKI (E-37), and for operators (O-edges)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.smp import binding, counts, reception
from issuer.smp.application import exchange
from issuer.smp.application.messages import (
    ApplicationState,
    Applied,
    Apply,
    AskNonce,
    AskState,
    FreshNonce,
    NextStep,
    PhoneWord,
)
from issuer.smp.record import holder_request, jpki_events, notices, operator, reconciliation, wrong_record
from issuer.smp.record.messages import Notices, Revoked
from issuer.smp.rewrap import KeyStore, rewrap_keys
from issuer.smp.tools import SmpTools
from registry.access.desk import Desk
from registry.messages.card import CountQuery, StateCounts
from registry.messages.message import Acknowledged
from registry.messages.smp import (
    FindRecord,
    JpkiEvent,
    Reconcile,
    ReconciliationReport,
    RecordFound,
    RecordsLapsed,
    Rewrap,
    Rewrapped,
    WrongRecord,
)


class SmpController(Controller):
    """What may be said to SMP."""

    path = "/issuer"

    @post("/nonce", operation="issuer.nonce", status_code=200)
    async def nonce(
        self, data: JSONBody[AskNonce], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> FreshNonce:
        """Give a nonce for the next message signed with the card."""
        return await desk.answer(data, FreshNonce, partial(exchange.nonce, message=data, tools=smp))

    @post("/apply", operation="issuer.apply", status_code=202)
    async def apply(
        self, data: JSONBody[Apply], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Applied:
        """Take in a message signed with the card."""
        return await desk.answer(data, Applied, partial(reception.apply, message=data, tools=smp))

    @post("/application_state", operation="issuer.application_state", status_code=200)
    async def application_state(
        self, data: JSONBody[AskState], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> ApplicationState:
        """Tell the holder of the token where an application stands."""
        return await desk.answer(data, ApplicationState, partial(exchange.application_state, message=data, tools=smp))

    @post("/request_otp", operation="issuer.request_otp", status_code=200)
    async def request_otp(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> NextStep:
        """Send a phone another one-time password."""
        return await desk.answer(data, NextStep, partial(binding.request_password, body=data.message, tools=smp))

    @post("/bind", operation="issuer.bind", status_code=200)
    async def bind(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> NextStep:
        """Bind an issue to the phone that sends back its one-time password."""
        return await desk.answer(data, NextStep, partial(binding.bind, body=data.message, tools=smp))

    @post("/event", operation="issuer.event", status_code=200)
    async def event(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Acknowledged:
        """Take in what became of a bundle on the phone."""
        return await desk.answer(data, Acknowledged, partial(binding.take_event, body=data.message, tools=smp))

    @post("/notices", operation="issuer.notices", status_code=200)
    async def notices(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Notices:
        """Tell a phone what it must know before it presents."""
        return await desk.answer(data, Notices, partial(notices.answer_notices, body=data.message, tools=smp))

    @post("/confirm_notice", operation="issuer.confirm_notice", status_code=200)
    async def confirm_notice(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Acknowledged:
        """Take a phone's receipt of a notice."""
        return await desk.answer(data, Acknowledged, partial(notices.confirm_notice, body=data.message, tools=smp))

    @post("/revoke", operation="issuer.revoke", status_code=200)
    async def revoke(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Revoked:
        """Let a set of records lose effect at the holder's request, from the phone."""
        return await desk.answer(data, Revoked, partial(holder_request.revoke, body=data.message, tools=smp))

    @post("/jpki_event", operation="issuer.jpki_event", status_code=200)
    async def jpki_event(
        self, data: JSONBody[JpkiEvent], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Acknowledged:
        """Take in what JPKI tells about a signing certificate."""
        return await desk.answer(data, Acknowledged, partial(jpki_events.take_in, message=data, tools=smp))

    @post("/counts", operation="issuer.counts", status_code=200)
    async def counts(self, data: JSONBody[CountQuery], desk: NamedDependency[Desk]) -> StateCounts:
        """Count applications and records per state, of a period or of all time."""
        return await desk.answer(data, StateCounts, partial(counts.count, message=data))

    @post("/find", operation="issuer.find", status_code=200)
    async def find(
        self, data: JSONBody[FindRecord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> RecordFound:
        """Show an operator state and history of one set, without personal data."""
        return await desk.answer(data, RecordFound, partial(operator.find, message=data, sealer=smp.sealer))

    @post("/wrong_record", operation="issuer.wrong_record", status_code=200)
    async def wrong_record(
        self, data: JSONBody[WrongRecord], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> RecordsLapsed:
        """Let records lose effect that an operator found to be wrong or missing."""
        return await desk.answer(data, RecordsLapsed, partial(wrong_record.end_wrong_records, message=data, tools=smp))

    @post("/reconcile", operation="issuer.reconcile", status_code=200)
    async def reconcile(self, data: JSONBody[Reconcile], desk: NamedDependency[Desk]) -> ReconciliationReport:
        """Compare the sets in force with JPKI, or report a day's comparison."""
        return await desk.answer(data, ReconciliationReport, partial(reconciliation.reconcile, message=data))

    @post("/rewrap", operation="issuer.rewrap", status_code=200)
    async def rewrap(
        self, data: JSONBody[Rewrap], desk: NamedDependency[Desk], keys: NamedDependency[KeyStore]
    ) -> Rewrapped:
        """Put the data keys under the newest wrapping key."""
        return await desk.answer(data, Rewrapped, partial(rewrap_keys, message=data, keys=keys))
