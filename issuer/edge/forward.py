"""Forwarding over mutual TLS to the inner issuer; what it refuses, it refuses to the outside in the same words."""

from typing import TypeVar

from registry.act import Act
from registry.messages.message import Message
from registry.peer.call import Call, Refused, Unanswered
from registry.problems import ServiceError, problems

T = TypeVar("T", bound=Message)


async def forward(call: Call, operation: str, message: Message, answer: type[T], *, act: Act) -> T:
    """
    Send a message to the inner operation and return its answer.

    Raises ServiceError with the code of the inner refusal, or no_answer. A code that is not in our own table, and so
    is not meant for the outside, becomes internal_error.
    """
    try:
        return await call(operation, message, answer, act=act)
    except Refused as exc:
        known = exc.code in problems()
        raise ServiceError(exc.code if known else "internal_error", exc.detail if known else "") from exc
    except Unanswered as exc:
        raise ServiceError("no_answer", "The service cannot answer now; try again.") from exc
