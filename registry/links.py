"""Links: a store asks another store's operation over HTTP, the matrix checked before anything leaves (D6, D7)."""

from dataclasses import replace

from registry.access.matrix import Matrix
from registry.act import Act
from registry.messages.message import Message
from registry.peer.call import Call, T
from registry.problems import ServiceError


class Links:
    """The edges of one store. A question that the matrix does not permit is refused at this end too (LINK-3)."""

    def __init__(self, call: Call, matrix: Matrix, system: str) -> None:
        self._call = call
        self._matrix = matrix
        self._system = system

    async def ask(self, operation: str, message: Message, answer: type[T], *, act: Act) -> T:
        """
        Ask and return the answer.

        Raises ServiceError(not_permitted) outside the matrix, and Refused or Unanswered as `Call` does.
        """
        line = self._matrix.line(operation)
        if line is None or self._system not in line.callers or message.KEY not in line.keys:
            raise ServiceError("not_permitted")
        # Whoever acted did so at the other end of the caller's line: between two servers nobody does (AUDIT-9).
        machine = replace(act, operator=None, terminal=None, end_user=None)
        return await self._call(operation, message, answer, act=machine)
