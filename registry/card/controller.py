"""The operations of the card store (E-12, E-21, E-23, E-24, E-26, E-28 to E-31, E-46, O-2)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from registry.access.desk import Desk
from registry.card.application import apply
from registry.card.call_centre import look_up
from registry.card.certificates import take_issuance_result
from registry.card.change_events import take_change, take_overseas_change
from registry.card.confirm import confirm
from registry.card.counts import count_states
from registry.card.destination import register_destination
from registry.card.handover import counter_step
from registry.card.order import take_shipment
from registry.card.printing import take_print_result
from registry.card.suspension import suspend
from registry.card.tools import CardTools
from registry.messages.card import (
    ApplicationRegistered,
    CallCentreView,
    CallerIdentity,
    CardApplication,
    CardState,
    ChangeEvent,
    ChipCertificates,
    Confirm,
    Confirmation,
    CounterAnswer,
    CounterStep,
    CountQuery,
    Destination,
    DestinationRegistered,
    IssuanceResult,
    OverseasChangeEvent,
    PrintResult,
    Shipment,
    StateCounts,
    SuspendCard,
)
from registry.messages.message import Acknowledged

Here = NamedDependency[Desk]
Tools = NamedDependency[CardTools]


class CardController(Controller):
    """個人番号カード管理システム."""

    path = "/card"

    @post("/register_destination", operation="card.register_destination", status_code=200)
    async def register_destination(self, data: JSONBody[Destination], desk: Here, card: Tools) -> DestinationRegistered:
        """Register a destination record of the municipal CS and order the print of notice and form."""
        return await desk.answer(data, DestinationRegistered, partial(register_destination, message=data, tools=card))

    @post("/print_result", operation="card.print_result", status_code=200)
    async def print_result(self, data: JSONBody[PrintResult], desk: Here) -> Acknowledged:
        """Take the printing contractor's result."""
        return await desk.answer(data, Acknowledged, partial(take_print_result, message=data))

    @post("/apply", operation="card.apply", status_code=200)
    async def apply(self, data: JSONBody[CardApplication], desk: Here, card: Tools) -> ApplicationRegistered:
        """Register a card application; it is checked against the latest data before anything is ordered."""
        return await desk.answer(data, ApplicationRegistered, partial(apply, message=data, tools=card))

    @post("/issuance_result", operation="card.issuance_result", status_code=200)
    async def issuance_result(self, data: JSONBody[IssuanceResult], desk: Here, card: Tools) -> ChipCertificates:
        """Take the chip's public keys and answer the certificates for them."""
        return await desk.answer(data, ChipCertificates, partial(take_issuance_result, message=data, tools=card))

    @post("/shipment", operation="card.shipment", status_code=200)
    async def shipment(self, data: JSONBody[Shipment], desk: Here) -> Acknowledged:
        """Note that a finished card was sent."""
        return await desk.answer(data, Acknowledged, partial(take_shipment, message=data))

    @post("/counter_step", operation="card.counter_step", status_code=200)
    async def counter_step(self, data: JSONBody[CounterStep], desk: Here, card: Tools) -> CounterAnswer:
        """Take a card through one step of the municipal counter."""
        return await desk.answer(data, CounterAnswer, partial(counter_step, message=data, tools=card))

    @post("/look_up", operation="card.look_up", status_code=200)
    async def look_up(self, data: JSONBody[CallerIdentity], desk: Here, card: Tools) -> CallCentreView:
        """Show the call centre the card of an identified caller, without a number."""
        return await desk.answer(data, CallCentreView, partial(look_up, message=data, tools=card))

    @post("/suspend", operation="card.suspend", status_code=200)
    async def suspend(self, data: JSONBody[SuspendCard], desk: Here, card: Tools) -> CardState:
        """Suspend the card of an identified caller and tell the mayor."""
        return await desk.answer(data, CardState, partial(suspend, message=data, tools=card))

    @post("/confirm", operation="card.confirm", status_code=200)
    async def confirm(self, data: JSONBody[Confirm], desk: Here, card: Tools) -> Confirmation:
        """Say whether six items are those of a card in use: match or mismatch, and no data."""
        return await desk.answer(data, Confirmation, partial(confirm, message=data, tools=card))

    @post("/change_event", operation="card.change_event", status_code=200)
    async def change_event(self, data: JSONBody[ChangeEvent], desk: Here, card: Tools) -> Acknowledged:
        """Take a change event of juki."""
        return await desk.answer(data, Acknowledged, partial(take_change, message=data, tools=card))

    @post("/overseas_change_event", operation="card.overseas_change_event", status_code=200)
    async def overseas_change_event(self, data: JSONBody[OverseasChangeEvent], desk: Here, card: Tools) -> Acknowledged:
        """Take a change event of fuhyo about an overseas leaver."""
        return await desk.answer(data, Acknowledged, partial(take_overseas_change, message=data, tools=card))

    @post("/counts", operation="card.counts", status_code=200)
    async def counts(self, data: JSONBody[CountQuery], desk: Here) -> StateCounts:
        """Count records per state for an operator."""
        return await desk.answer(data, StateCounts, partial(count_states, message=data))
