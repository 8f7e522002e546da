"""Calling another system's operation: the type that everybody takes as argument (D7)."""

from typing import Protocol, TypeVar

from registry.act import Act
from registry.messages.message import Message

T = TypeVar("T", bound=Message)


class Refused(Exception):
    """The other system answered with a problem document: its code and status. The message was understood."""

    def __init__(self, code: str, status: int, detail: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.code = code
        self.status = status
        self.detail = detail


class Unanswered(Exception):
    """No answer, a crash, or an answer outside the format: nobody knows whether the message was acted on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Call(Protocol):
    """
    Ask the system named by the first part of the operation (`juki.update` is answered by juki).

    Returns the answer; raises Refused or Unanswered. `act` gives the request id and the human behind it, if any.
    A message that may be sent twice carries an idempotency key.
    """

    async def __call__(
        self, operation: str, message: Message | bytes, answer: type[T], *, act: Act, idempotency_key: str | None = None
    ) -> T:
        """Send the message and return the answer."""
        ...
