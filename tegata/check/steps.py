"""The inspection procedure told step by step: what passed, what did not and why, what was not reached."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor, evidence
from mdoc.device_response import Document, decode_response
from mdoc.errors import VerificationFailed
from mdoc.evidence import Evidence
from mdoc.issuer_signed import IssuerSigned, decode_issuer_signed
from mdoc.status import Status
from mdoc.verify import (
    SignerCertificate,
    Step,
    Trust,
    VerifiedDocument,
    verify_document,
    verify_issuer_signed,
)


class Outcome(StrEnum):
    """What became of a step."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not reached"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True)
class StepTold:
    """One line: the step, its outcome, and the reason or what was found."""

    step: Step
    outcome: Outcome
    reason: str = ""


@dataclass(repr=False)
class DocumentTold:
    """One document: its steps in order, the evidence of a refusal, and what it says where it passed."""

    doc_type: str
    steps: list[StepTold]
    evidence: list[Evidence] = field(default_factory=list)
    verified: VerifiedDocument | None = None
    status: tuple[Status, str] | None = None

    @property
    def complete(self) -> bool:
        """Whether every step passed."""
        return all(one.outcome is Outcome.PASSED for one in self.steps)

    @property
    def refused(self) -> bool:
        """Whether a step failed."""
        return any(one.outcome is Outcome.FAILED for one in self.steps)


ISSUER_STEPS: Final = tuple(step for step in Step if step < Step.KEY_AUTHORIZATIONS)
DEVICE_STEPS: Final = tuple(step for step in Step if step >= Step.KEY_AUTHORIZATIONS)
NO_TRANSCRIPT: Final = "no session transcript was given (--transcript)"


@dataclass(frozen=True)
class Session:
    """What the verifier knows of the session: the bare SessionTranscript, and its ephemeral key for a MAC."""

    transcript: bytes | None = None
    reader_key: ec.EllipticCurvePrivateKey | None = None


class _Watched:
    """A trust function that remembers the signer it found, for the evidence about the signature."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self.signer: SignerCertificate | None = None

    def __call__(self, chain: Sequence[bytes], doc_type: str, at: datetime) -> SignerCertificate:
        self.signer = self._trust(chain, doc_type, at)
        return self.signer


def check_issuer_signed(data: bytes, *, trust: Trust, at: datetime) -> list[DocumentTold]:
    """Steps 1 to 7 of an IssuerSigned. Raises MalformedData."""
    watched = _Watched(trust)
    issuer_signed = decode_issuer_signed(data)
    told = _told(issuer_signed.mso().doc_type, ISSUER_STEPS, lambda: verify_issuer_signed(data, trust=watched, at=at))
    told.evidence = _issuer_evidence(told, issuer_signed, watched.signer)
    return [told]


def check_response(data: bytes, session: Session, *, trust: Trust, at: datetime) -> list[DocumentTold]:
    """Steps 1 to 9 of every document of a DeviceResponse; 1 to 7 without a transcript. Raises MalformedData."""
    raw: Any = cbor.decode(data)
    documents = decode_response(data).documents
    return [
        _check_document(document, raw["documents"][index], session, trust, at)
        for index, document in enumerate(documents)
    ]


def _check_document(
    document: Document, raw: Mapping[str, object], session: Session, trust: Trust, at: datetime
) -> DocumentTold:
    watched, transcript = _Watched(trust), session.transcript
    if transcript is None:
        alone = cbor.encode(raw["issuerSigned"])
        told = _told(
            document.doc_type,
            ISSUER_STEPS,
            lambda: verify_issuer_signed(alone, trust=watched, at=at, doc_type=document.doc_type),
        )
        told.steps += [StepTold(step, Outcome.NOT_CHECKED, NO_TRANSCRIPT) for step in DEVICE_STEPS]
    else:
        told = _told(
            document.doc_type,
            tuple(Step),
            lambda: verify_document(document, transcript, watched, at, session.reader_key),
        )
        if _failed(told, Step.DEVICE_AUTHENTICATION):
            key = document.issuer_signed.mso().device_key
            told.evidence = [evidence.of_device(document, key, transcript, session.reader_key)]
    told.evidence = told.evidence or _issuer_evidence(told, document.issuer_signed, watched.signer)
    return told


def _told(doc_type: str, steps: Sequence[Step], verify: Callable[[], VerifiedDocument]) -> DocumentTold:
    try:
        verified = verify()
    except VerificationFailed as refused:
        return DocumentTold(doc_type, [_line(step, refused) for step in steps])
    return DocumentTold(doc_type, [StepTold(step, Outcome.PASSED) for step in steps], verified=verified)


def _line(step: Step, refused: VerificationFailed) -> StepTold:
    if step < refused.step:
        return StepTold(step, Outcome.PASSED)
    if step > refused.step:
        return StepTold(step, Outcome.NOT_REACHED)
    return StepTold(step, Outcome.FAILED, refused.reason)


def _failed(told: DocumentTold, step: Step) -> bool:
    return any(one.step is step and one.outcome is Outcome.FAILED for one in told.steps)


def _issuer_evidence(
    told: DocumentTold, issuer_signed: IssuerSigned, signer: SignerCertificate | None
) -> list[Evidence]:
    if _failed(told, Step.DIGESTS):
        return evidence.of_digests(issuer_signed, issuer_signed.mso())
    if _failed(told, Step.ISSUER_SIGNATURE) and signer is not None:
        return [evidence.of_issuer_signature(issuer_signed, signer.public_key)]
    return []
