"""Reader authentication (ISO/IEC 18013-5 9.1.4): who is asking, proven in this session."""

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum

from mdoc import cbor, cose
from mdoc.device_request import DocRequest
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
    return cbor.Embedded(cbor.array(head, transcript, cbor.Embedded(items_request_bytes).tagged)).tagged


def to_be_signed(items_request_bytes: bytes, transcript: bytes) -> bytes:
    """The Sig_structure that the reader's key signs (ES256)."""
    return cose.unsigned(None).to_be_signed(authentication_bytes(items_request_bytes, transcript))


def complete(signature: bytes, chain: Sequence[bytes]) -> list[object]:
    """The readerAuth array with the raw signature; `chain` DER, the reader first."""
    return cose.as_array(cose.unsigned(None, unprotected={cose.X5CHAIN: cose.x5chain(chain)}), signature)


def verify(request: DocRequest, transcript: bytes, *, trust: ReaderTrust, at: datetime) -> SignerCertificate:
    """The reader's certificate, once it is proven that its key signed this request in this session.

    Raises VerificationFailed with a `ReaderStep`: no authentication, chain not trusted, signature.
    """
    if request.reader_auth is None:
        raise VerificationFailed(ReaderStep.PRESENT, "the reader did not authenticate itself")
    try:
        reader = trust(cose.chain(request.reader_auth, "readerAuth"), at)
    except MdocError as refused:
        reason = refused.reason if isinstance(refused, Untrusted) else str(refused)
        raise VerificationFailed(ReaderStep.CERTIFICATE_PATH, reason) from refused
    try:
        content = authentication_bytes(request.items_request.content, transcript)
        cose.check(request.reader_auth, reader.public_key, content)
    except SignatureRefused as refused:
        raise VerificationFailed(ReaderStep.SIGNATURE, refused.reason) from refused
    return reader
