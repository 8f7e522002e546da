"""The plain verify call: a relying party hands over what its reader received and is told what it may rely on (E-48)."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from wallet_sim.public_door import PublicDoor
from wallet_sim.reader import Received


class Verdict(msgspec.Struct):
    """One document: its elements (bytes in base64, dates in ISO 8601) and its status now."""

    doc_type: str
    status: Literal["VALID", "INVALID", "SUSPENDED", "UNDETERMINED"]
    status_reason: str
    elements: dict[str, dict[str, Any]]
    valid_until: datetime

    def __repr__(self) -> str:
        return f"<Verdict {self.status}>"


class Verified(msgspec.Struct):
    """Every document of a response."""

    documents: list[Verdict]


class _Question(msgspec.Struct, omit_defaults=True):
    device_response: bytes
    session_transcript: bytes
    purpose: str | None = None


async def verify(door: PublicDoor, received: Received, purpose: str | None = None) -> list[Verdict]:
    """Ask for the verdict on a response; raises Refused for one that does not verify, Unanswered."""
    question = _Question(received.device_response, received.session_transcript, purpose)
    return (await door.post("/verify", question, Verified)).documents
