"""What a relying party hears about a document that verified (D11; Token Status List 7, 8.3)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Final

from mdoc.errors import MdocError, Untrusted
from mdoc.identifier_list import read_identifier_list
from mdoc.mso import IdentifierReference, StatusReference
from mdoc.status_token import StatusTrust, read_status_list
from mdoc.verify import SignerCertificate, VerifiedDocument

__all__ = ["Status", "StatusTrust", "evaluate", "evaluate_document", "evaluate_identifier"]


class Status(Enum):
    """Four answers. UNDETERMINED is never shown as revoked, nor as valid."""

    VALID = "VALID"
    INVALID = "INVALID"
    SUSPENDED = "SUSPENDED"
    UNDETERMINED = "UNDETERMINED"


VALUES: Final = {Status.VALID: 0, Status.INVALID: 1, Status.SUSPENDED: 2}
_MEANING: Final = {value: status for status, value in VALUES.items()}
_GRAVITY: Final = (Status.INVALID, Status.SUSPENDED, Status.UNDETERMINED, Status.VALID)


def evaluate_document(
    document: VerifiedDocument, tokens: Iterable[bytes], *, trust: StatusTrust, at: datetime
) -> tuple[Status, str]:
    """The status of a document that verified, which is the only one to ask about (Token Status List 8.3).

    `tokens` are what was fetched from the uris of its references: a document may name a status list, an identifier list
    or both, and then both count (second edition 12.3.6); the gravest answer is given, and one that is missing is grave
    as well. A list counts when the authority that certified the document's signer certified the list's signer too.
    Never raises for a bad token.
    """
    given, believed = list(tokens), _of_authority(document.signer.authority, trust)
    status, identifier = document.status, document.identifier
    answers = []
    if status is not None:
        heard = [evaluate(status, token, trust=believed, at=at) for token in given]
        answers.append(_heard(heard, status.uri))
    if identifier is not None:
        heard = [evaluate_identifier(identifier, token, trust=believed, at=at) for token in given]
        answers.append(_heard(heard, identifier.uri))
    return _gravest(answers) if answers else (Status.UNDETERMINED, "the document names no list")


def _heard(answers: Sequence[tuple[Status, str]], uri: str) -> tuple[Status, str]:
    """What the tokens say of one reference: those that are about another list say nothing."""
    known = [answer for answer in answers if answer[0] is not Status.UNDETERMINED]
    return (
        _gravest(known) if known else next(iter(answers), (Status.UNDETERMINED, f"no list was given; it is at {uri}"))
    )


def _gravest(answers: Sequence[tuple[Status, str]]) -> tuple[Status, str]:
    return min(answers, key=lambda answer: _GRAVITY.index(answer[0]))


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


def evaluate_identifier(
    reference: IdentifierReference, token: bytes | None, *, trust: StatusTrust, at: datetime
) -> tuple[Status, str]:
    """The same for a document's identifier: a list that names it has revoked it, and any other leaves it valid."""
    if token is None:
        return Status.UNDETERMINED, "no identifier list could be fetched"
    try:
        revoked = read_identifier_list(token, trust=trust, at=at, uri=reference.uri).revokes(reference.identifier)
    except MdocError as refused:
        return Status.UNDETERMINED, str(refused)
    return (Status.INVALID, "the list names it") if revoked else (Status.VALID, "the list does not name it")
