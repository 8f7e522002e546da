"""The phone's side of a meeting: shows a code, hears who asks, answers in the session (ISO/IEC 18013-5 9.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mdoc import cbor, cose
from mdoc.device_engagement import BLE, RetrievalMethod, encode_engagement, qr_text
from mdoc.device_request import DeviceRequest, decode_request
from mdoc.errors import MdocError, SessionFailed
from mdoc.reader_auth import ReaderTrust, verify, verify_all
from mdoc.session import DeviceSession, SessionStatus
from wallet_sim.chance import Chance, new_id, p256_key


class RequestRefused(Exception):
    """The wallet does not answer this reader; `code` says why, `answer` is what it sends instead of data."""

    def __init__(self, code: str, answer: bytes = b"") -> None:
        super().__init__(code)
        self.code = code
        self.answer = answer


@dataclass(frozen=True, repr=False)
class Engagement:
    """The code on the screen and the ephemeral key behind it: for one meeting."""

    key: ec.EllipticCurvePrivateKey
    encoded: bytes

    @property
    def qr(self) -> str:
        """The text in the QR code."""
        return qr_text(self.encoded)


@dataclass(frozen=True, repr=False)
class Asked:
    """
    What an authenticated reader asks of one document: shown to the holder before anything is sent.

    `relying_party` is the name in the reader's certificate, None for a reader that did not say who it is.
    """

    session: DeviceSession
    request: DeviceRequest
    relying_party: str | None

    @property
    def doc_type(self) -> str:
        """The document that is asked for."""
        return self.request.doc_requests[0].doc_type

    @property
    def elements(self) -> Mapping[str, Mapping[str, bool]]:
        """Namespace, element, and whether the reader means to keep it."""
        return self.request.doc_requests[0].name_spaces


def engage(random: Chance) -> Engagement:
    """Show a code."""
    key = p256_key(random)
    # 8.2.1.1: BLE, the phone as peripheral (options 0, 1) under a service id of this meeting (option 10).
    near = RetrievalMethod(BLE, 1, {0: True, 1: False, 10: new_id(random).bytes})
    return Engagement(key, encode_engagement(key.public_key(), [near]))


def hear(
    engagement: Engagement, establishment: bytes, *, trust: ReaderTrust, at: datetime, unknown_reader: bool = False
) -> Asked:
    """
    Open the session and find out who asks for what.

    Raises RequestRefused: session_failed, malformed_request, several_documents, reader_not_trusted (also for a reader
    without authentication, unless `unknown_reader`).
    """
    try:
        session = DeviceSession.from_establishment(engagement.encoded, engagement.key, establishment)
    except SessionFailed as failed:
        raise RequestRefused("session_failed", _status(failed)) from None
    try:
        request = decode_request(session.request)
    except MdocError:
        raise RequestRefused("malformed_request", session.terminate(SessionStatus.CBOR_DECODING_ERROR)) from None
    if len(request.doc_requests) != 1:
        raise RequestRefused("several_documents", session.terminate())
    name = _relying_party(request, session, trust, at, unknown_reader=unknown_reader)
    return Asked(session, request, name)


def _relying_party(
    request: DeviceRequest, session: DeviceSession, trust: ReaderTrust, at: datetime, *, unknown_reader: bool
) -> str | None:
    (asked,) = request.doc_requests
    if asked.reader_auth is None and not request.reader_auth_all and unknown_reader:
        return None
    try:
        certificate = _proven(request, session, trust, at)
    except MdocError:
        raise RequestRefused("reader_not_trusted", session.terminate()) from None
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1:
        raise RequestRefused("reader_not_trusted", session.terminate())
    return str(names[0].value)


def _proven(request: DeviceRequest, session: DeviceSession, trust: ReaderTrust, at: datetime) -> x509.Certificate:
    """The certificate of the reader; every signature that stands in the request must hold. Raises MdocError."""
    (asked,) = request.doc_requests
    readers = verify_all(request, session.transcript, trust=trust, at=at) if request.reader_auth_all else ()
    if asked.reader_auth is not None or not readers:
        readers = (verify(asked, session.transcript, trust=trust, at=at),)
    signatures = [asked.reader_auth] if asked.reader_auth is not None else list(request.reader_auth_all)
    shown = [x509.load_der_x509_certificate(cose.chain(one, "readerAuth")[0]) for one in signatures]
    return next(one for one in shown if one.public_key() == readers[0].public_key)


def _status(failed: SessionFailed) -> bytes:
    """SessionData that holds a status alone: there are no keys to encrypt anything with."""
    return cbor.encode({"status": int(failed.status)})
