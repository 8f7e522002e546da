"""The verify call of relying parties: a response and its session in, elements and a verdict out (E-48)."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from registry.messages.message import Message

LARGEST_RESPONSE = 400_000


class Verify(Message, frozen=True):
    """
    A DeviceResponse and the bare SessionTranscript array, both CBOR (ISO/IEC 18013-5 8.3, 9.1.5.1).

    `purpose` is the relying party's own word for why it asks; it is recorded nowhere else.
    """

    CARRIES_NUMBER: ClassVar[bool] = True
    device_response: Annotated[bytes, Meta(min_length=1, max_length=LARGEST_RESPONSE)]
    session_transcript: Annotated[bytes, Meta(min_length=1, max_length=8_192)]
    purpose: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")] | None = None


class Verdict(Message, frozen=True):
    """
    One document that verified, with its status now. Only VALID means that it may be relied on.

    Elements by namespace and identifier; bytes as base64, dates as ISO 8601.
    """

    doc_type: str
    status: Literal["VALID", "INVALID", "SUSPENDED", "UNDETERMINED"]
    status_reason: str
    elements: dict[str, dict[str, Any]]
    valid_until: datetime


class Verified(Message, frozen=True):
    """The verdict on every document of a response."""

    CARRIES_NUMBER: ClassVar[bool] = True
    documents: list[Verdict]
