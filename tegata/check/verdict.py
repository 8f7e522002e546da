"""The verdict on a file: its documents, their status, and the exit code that says it to scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from mdoc.annotate.kinds import Kind, recognise
from mdoc.annotate.masked import masked_hex
from mdoc.annotate.node import MASK
from mdoc.errors import MalformedData
from mdoc.evidence import Evidence
from mdoc.status import Status, StatusTrust, evaluate_document
from mdoc.verify import Trust, VerifiedDocument
from tegata.check.steps import DocumentTold, Session, check_issuer_signed, check_response
from tegata.look.source import Source
from tegata.look.trouble import CannotLook

VERIFIED, REFUSED, NOT_VALID, UNDECIDED = 0, 1, 3, 4
_ENDED: Final = (Status.INVALID, Status.SUSPENDED)


@dataclass(frozen=True)
class Lists:
    """The status tokens at hand, and whether status is asked at all."""

    tokens: Sequence[bytes]
    trust: StatusTrust
    asked: bool = True


@dataclass(repr=False)
class Verdict:
    """What is said of a file. `malformed` is set where it could not even be read."""

    documents: list[DocumentTold]
    malformed: str = ""

    @property
    def exit_code(self) -> int:
        """0 verified, 1 refused, 3 not in force, 4 something could not be decided."""
        if self.malformed or not self.documents or any(one.refused for one in self.documents):
            return REFUSED
        known = [one.status[0] for one in self.documents if one.status is not None]
        if any(status in _ENDED for status in known):
            return NOT_VALID
        decided = all(one.complete for one in self.documents) and Status.UNDETERMINED not in known
        return VERIFIED if decided else UNDECIDED

    def as_object(self, *, reveal: bool) -> dict[str, object]:
        """The verdict for programs."""
        told: dict[str, object] = {"verified": self.exit_code == VERIFIED, "exit_code": self.exit_code}
        if self.malformed:
            told["malformed"] = self.malformed
        return told | {"documents": [_document(one, reveal=reveal) for one in self.documents]}


def judge(source: Source, session: Session, lists: Lists, *, trust: Trust, at: datetime) -> Verdict:
    """Verify an IssuerSigned or a DeviceResponse. Raises CannotLook for anything else."""
    kind = recognise(source.data)
    if kind not in (Kind.ISSUER_SIGNED, Kind.DEVICE_RESPONSE):
        raise CannotLook(
            "not_a_document",
            f"The file is no IssuerSigned and no DeviceResponse (it looks like {kind}).",
            "Look at it: tegata inspect FILE",
        )
    try:
        if kind is Kind.ISSUER_SIGNED:
            documents = check_issuer_signed(source.data, trust=trust, at=at)
        else:
            documents = check_response(source.data, session, trust=trust, at=at)
    except MalformedData as refused:
        return Verdict([], str(refused))
    for told in documents:
        # Token Status List 8.3: the list is asked only about a document that verified.
        if lists.asked and told.verified is not None:
            told.status = evaluate_document(told.verified, lists.tokens, trust=lists.trust, at=at)
    return Verdict(documents, "" if documents else "response.documents: the response holds no document")


def elements_of(verified: VerifiedDocument, *, reveal: bool) -> dict[str, dict[str, str]]:
    """The elements, the device's own among them; values only when they are asked for."""
    spaces: dict[str, dict[str, str]] = {}
    for part in (verified.elements, verified.device_elements):
        for name, elements in part.items():
            spaces.setdefault(name, {}).update(
                {identifier: _shown(value) if reveal else MASK for identifier, value in elements.items()}
            )
    return spaces


def _shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


def _document(told: DocumentTold, *, reveal: bool) -> dict[str, object]:
    steps = [
        {"step": int(one.step), "name": one.step.name, "outcome": str(one.outcome), "reason": one.reason}
        for one in told.steps
    ]
    said: dict[str, object] = {"doc_type": told.doc_type, "steps": steps}
    if told.evidence:
        said["evidence"] = [_evidence(one, reveal=reveal) for one in told.evidence]
    if told.status is not None:
        said["status"] = {"value": told.status[0].value, "reason": told.status[1]}
    if told.verified is not None:
        said["elements"] = elements_of(told.verified, reveal=reveal)
    return said


def _evidence(one: Evidence, *, reveal: bool) -> dict[str, object]:
    content = masked_hex(one.content, one.shape, reveal=reveal)
    told = {"place": one.place, "hashed": content, "bytes": len(one.content), "found": one.found}
    return told | {name: value for name, value in (("expected", one.expected), ("hint", one.hint)) if value}
