"""The doors of the number system: three for the juki server, one for its own operators (LINK-2, NUM-14)."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from registry.access.desk import Desk
from registry.messages.message import Acknowledged
from registry.messages.number import ChangeNumber, ChangeRecordCode, Generate, NumberToBe, Trace, Traced
from registry.number import operations
from registry.number.trace import trace
from registry.sealing.columns import Sealer


class NumberController(Controller):
    """E-04 and O-1; no door searches for more than one record code, and none erases (NUM-17, RETAIN-1)."""

    path = "/number"

    @post("/generate", operation="number.generate", status_code=200)
    async def generate(
        self, data: JSONBody[Generate], desk: NamedDependency[Desk], sealer: NamedDependency[Sealer]
    ) -> NumberToBe:
        """Generate the number-to-be of a record code that has none."""
        return await desk.answer(data, NumberToBe, lambda session, act: operations.generate(session, act, data, sealer))

    @post("/change", operation="number.change", status_code=200)
    async def change(
        self, data: JSONBody[ChangeNumber], desk: NamedDependency[Desk], sealer: NamedDependency[Sealer]
    ) -> NumberToBe:
        """Replace the number of a record code after a check of the former one."""
        return await desk.answer(data, NumberToBe, lambda session, act: operations.change(session, act, data, sealer))

    @post("/change_record_code", operation="number.change_record_code", status_code=200)
    async def change_record_code(
        self, data: JSONBody[ChangeRecordCode], desk: NamedDependency[Desk], sealer: NamedDependency[Sealer]
    ) -> Acknowledged:
        """Pair a number with the record code that follows the one it was paired with."""
        return await desk.answer(
            data, Acknowledged, lambda session, act: operations.change_record_code(session, act, data, sealer)
        )

    @post("/trace", operation="number.trace", status_code=200)
    async def trace(
        self, data: JSONBody[Trace], desk: NamedDependency[Desk], sealer: NamedDependency[Sealer]
    ) -> Traced:
        """Tell an operator when numbers of a record code were generated and notified, without the numbers."""
        return await desk.answer(data, Traced, lambda session, act: trace(session, act, data, sealer))
