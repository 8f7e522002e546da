"""What a relying party hears about a document that verified (D11; Token Status List 7, 8.3)."""

from datetime import datetime
from enum import Enum
from typing import Final

from mdoc.errors import MdocError
from mdoc.mso import StatusReference
from mdoc.status_token import StatusTrust, read_status_list

__all__ = ["Status", "StatusTrust", "evaluate"]


class Status(Enum):
    """Four answers. UNDETERMINED is never shown as revoked, nor as valid."""

    VALID = "VALID"
    INVALID = "INVALID"
    SUSPENDED = "SUSPENDED"
    UNDETERMINED = "UNDETERMINED"


VALUES: Final = {Status.VALID: 0, Status.INVALID: 1, Status.SUSPENDED: 2}
_MEANING: Final = {value: status for status, value in VALUES.items()}


def evaluate(
    reference: StatusReference, token: bytes | None, *, trust: StatusTrust, at: datetime
) -> tuple[Status, str]:
    """The status of the entry that a document names, and the reason in words.

    `token` is what was fetched from the reference's uri, or None. Never raises for a bad token.
    """
    if token is None:
        return Status.UNDETERMINED, "no status list could be fetched"
    try:
        value = read_status_list(token, trust=trust, at=at, uri=reference.uri).value(reference.index)
    except MdocError as refused:
        return Status.UNDETERMINED, str(refused)
    status = _MEANING.get(value, Status.UNDETERMINED)
    return status, f"the list says {status.value}" if value in _MEANING else "the list holds a value without a meaning"
