"""Reader authentication (ISO/IEC 18013-5 9.1.4; second edition 12.5): who is asking, proven in this session.

A reader signs the request for one document (readerAuth), or all of them at once (readerAuthAll).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from enum import IntEnum

from mdoc import cbor, cose, heads
from mdoc.device_request import DeviceRequest, DocRequest
from mdoc.errors import MdocError, SignatureRefused, Untrusted, VerificationFailed
from mdoc.status_token import StatusTrust
from mdoc.verify import SignerCertificate


class ReaderStep(IntEnum):
    """What the phone checks before it believes the reader's name."""

    PRESENT = 1
    CERTIFICATE_PATH = 2
    SIGNATURE = 3


ReaderTrust = StatusTrust  # DER chain, at -> the reader's certificate, checked for that purpose


def authentication_bytes(items_request_bytes: bytes, transcript: bytes) -> bytes:
    """ReaderAuthenticationBytes, the detached content (9.1.4.4).

    `items_request_bytes`: the encoded ItemsRequest before its tag; `transcript`: the bare SessionTranscript array.
    """
    head = cbor.encode("ReaderAuthentication")
    return cbor.Embedded(heads.array(head, transcript, cbor.Embedded(items_request_bytes).tagged)).tagged


def authentication_all_bytes(items_requests: Sequence[bytes], info: bytes | None, transcript: bytes) -> bytes:
    """ReaderAuthenticationAllBytes, the detached content of readerAuthAll (second edition 12.5.4).

    As `authentication_bytes`, with the ItemsRequest of every document in order and the encoded DeviceRequestInfo.
    """
    head = cbor.encode("ReaderAuthenticationAll")
    items = heads.array(*[cbor.Embedded(one).tagged for one in items_requests])
    info_bytes = cbor.encode(None if info is None else cbor.Embedded(info))
    return cbor.Embedded(heads.array(head, transcript, items, info_bytes)).tagged


def to_be_signed(items_request_bytes: bytes, transcript: bytes) -> bytes:
    """The Sig_structure that the reader's key signs (ES256)."""
    return cose.unsigned(None).to_be_signed(authentication_bytes(items_request_bytes, transcript))


def to_be_signed_for_all(items_requests: Sequence[bytes], info: bytes | None, transcript: bytes) -> bytes:
    """The Sig_structure that the reader's key signs for all documents at once (ES256)."""
    return cose.unsigned(None).to_be_signed(authentication_all_bytes(items_requests, info, transcript))


def complete(signature: bytes, chain: Sequence[bytes]) -> list[object]:
    """The readerAuth array with the raw signature; `chain` DER, the reader first."""
    return cose.as_array(cose.unsigned(None, unprotected={cose.X5CHAIN: cose.x5chain(chain)}), signature)


def verify(request: DocRequest, transcript: bytes, *, trust: ReaderTrust, at: datetime) -> SignerCertificate:
    """The reader's certificate, once it is proven that its key signed this request in this session.

    Raises VerificationFailed with a `ReaderStep`: no authentication, chain not trusted, signature.
    """
    if request.reader_auth is None:
        raise VerificationFailed(ReaderStep.PRESENT, "the reader did not authenticate itself")
    reader = _trusted(request.reader_auth, "readerAuth", trust, at)
    _check(request.reader_auth, reader, authentication_bytes(request.items_request.content, transcript))
    return reader


def verify_all(
    request: DeviceRequest, transcript: bytes, *, trust: ReaderTrust, at: datetime
) -> tuple[SignerCertificate, ...]:
    """The certificates of the readers that signed the whole request in this session and are trusted.

    A reader of several trust networks signs once for each; a phone knows one of them, so a chain that is not trusted
    counts only when none is. A trusted reader whose signature does not fit refuses the request. Raises
    VerificationFailed with a `ReaderStep`.
    """
    if not request.reader_auth_all:
        raise VerificationFailed(ReaderStep.PRESENT, "no reader signed the whole request")
    items = [one.items_request.content for one in request.doc_requests]
    info = None if request.info_bytes is None else request.info_bytes.content
    content = authentication_all_bytes(items, info, transcript)
    readers: list[SignerCertificate] = []
    for number, auth in enumerate(request.reader_auth_all):
        with suppress(_NotTrusted):
            reader = _trusted(auth, f"readerAuthAll[{number}]", trust, at)
            _check(auth, reader, content)
            readers.append(reader)
    if not readers:
        raise VerificationFailed(ReaderStep.CERTIFICATE_PATH, "none of the readers is trusted")
    return tuple(readers)


class _NotTrusted(VerificationFailed):
    """The chain of one reader is not trusted; another's may be."""


def _trusted(auth: cose.Sign1, path: str, trust: ReaderTrust, at: datetime) -> SignerCertificate:
    try:
        return trust(cose.chain(auth, path), at)
    except MdocError as refused:
        reason = refused.reason if isinstance(refused, Untrusted) else str(refused)
        raise _NotTrusted(ReaderStep.CERTIFICATE_PATH, reason) from refused


def _check(auth: cose.Sign1, reader: SignerCertificate, content: bytes) -> None:
    try:
        cose.check(auth, reader.public_key, content)
    except SignatureRefused as refused:
        raise VerificationFailed(ReaderStep.SIGNATURE, refused.reason) from refused
