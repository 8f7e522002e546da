"""Routes of media (O-edges): ledger, work requests, exports."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.media import ledger, work
from issuer.media.export import export
from issuer.smp.tools import SmpTools
from registry.access.desk import Desk
from registry.messages.media import (
    DecideWork,
    EndMedium,
    Export,
    Exported,
    Ledger,
    LedgerQuery,
    RegisterMedium,
    RequestWork,
    WorkState,
)
from registry.messages.message import Acknowledged


class MediaController(Controller):
    """What operators do with media of the mdoc file."""

    path = "/issuer"

    @post("/register_medium", operation="issuer.register_medium", status_code=200)
    async def register_medium(self, data: JSONBody[RegisterMedium], desk: NamedDependency[Desk]) -> Acknowledged:
        """Admit a dedicated medium to the ledger."""
        return await desk.answer(data, Acknowledged, partial(ledger.register, message=data))

    @post("/request_work", operation="issuer.request_work", status_code=200)
    async def request_work(self, data: JSONBody[RequestWork], desk: NamedDependency[Desk]) -> WorkState:
        """Ask for an export to a medium."""
        return await desk.answer(data, WorkState, partial(work.request, message=data))

    @post("/decide_work", operation="issuer.decide_work", status_code=200)
    async def decide_work(self, data: JSONBody[DecideWork], desk: NamedDependency[Desk]) -> WorkState:
        """Accept or reject the request of another person."""
        return await desk.answer(data, WorkState, partial(work.decide, message=data))

    @post("/export", operation="issuer.export", status_code=200)
    async def export(
        self, data: JSONBody[Export], desk: NamedDependency[Desk], smp: NamedDependency[SmpTools]
    ) -> Exported:
        """Take out what an accepted request names, sealed to the medium."""
        return await desk.answer(data, Exported, partial(export, message=data, sealer=smp.sealer))

    @post("/end_medium", operation="issuer.end_medium", status_code=200)
    async def end_medium(self, data: JSONBody[EndMedium], desk: NamedDependency[Desk]) -> Acknowledged:
        """Note that a medium was erased or disposed of."""
        return await desk.answer(data, Acknowledged, partial(ledger.end, message=data))

    @post("/media_ledger", operation="issuer.media_ledger", status_code=200)
    async def media_ledger(self, data: JSONBody[LedgerQuery], desk: NamedDependency[Desk]) -> Ledger:
        """Look through the media ledger."""
        return await desk.answer(data, Ledger, partial(ledger.audit, message=data))
