"""What a relying party hears about a document that verified (D11; Token Status List 7, 8.3)."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Final

from mdoc.errors import MdocError, Untrusted
from mdoc.mso import StatusReference
from mdoc.status_token import StatusTrust, read_status_list
from mdoc.verify import SignerCertificate, VerifiedDocument

__all__ = ["Status", "StatusTrust", "evaluate", "evaluate_document"]


class Status(Enum):
    """Four answers. UNDETERMINED is never shown as revoked, nor as valid."""

    VALID = "VALID"
    INVALID = "INVALID"
    SUSPENDED = "SUSPENDED"
    UNDETERMINED = "UNDETERMINED"


VALUES: Final = {Status.VALID: 0, Status.INVALID: 1, Status.SUSPENDED: 2}
_MEANING: Final = {value: status for status, value in VALUES.items()}


def evaluate_document(
    document: VerifiedDocument, token: bytes | None, *, trust: StatusTrust, at: datetime
) -> tuple[Status, str]:
    """The status of a document that verified, which is the only one to ask about (Token Status List 8.3).

    `token` is what was fetched from the uri of its reference, or None. The list counts when the authority that
    certified the document's signer certified the list's signer too (second edition 12.3.6). Never raises for a bad
    token.
    """
    if document.status is None:
        return Status.UNDETERMINED, "the document names no status list"
    return evaluate(document.status, token, trust=_of_authority(document.signer.authority, trust), at=at)


def _of_authority(authority: bytes, trust: StatusTrust) -> StatusTrust:
    def same(chain: Sequence[bytes], at: datetime) -> SignerCertificate:
        signer = trust(chain, at)
        if signer.authority != authority:
            raise Untrusted("the list's signer is certified by another authority than the document's")
        return signer

    return same


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
