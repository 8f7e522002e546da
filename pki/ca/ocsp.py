"""
Status answers (RFC 6960): a request read strictly, an answer signed by a delegated signer.

Read and written with asn1crypto, because the builders of `cryptography` know one certificate per message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from asn1crypto import algos, core, ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from pki.keys.signer import Signer, x509_signature
from pki.trust.revocation import State

REQUEST_LIMIT = 4096
_MOST_CERTIFICATES = 16
_NONCE = "1.3.6.1.5.5.7.48.1.2"
_LONGEST_NONCE = 128  # RFC 9654 2.1
# SHA-1 because RFC 5019 2.1.1 asks for it: it names a certificate and secures nothing.
_HASHES: dict[str, hashes.HashAlgorithm] = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303 - as above
_ALGORITHMS = {"ES256": "sha256_ecdsa", "ES384": "sha384_ecdsa", "RS256": "sha256_rsa"}


class Trouble(StrEnum):
    """Answers that carry no status and no signature (RFC 6960 4.2.1)."""

    MALFORMED = "malformed_request"
    TRY_LATER = "try_later"
    UNAUTHORIZED = "unauthorized"


class NoStatus(Exception):
    """The request gets one of the answers without a status."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one certificate: for HELD and REVOKED since when, and for REVOKED why where it is told."""

    state: State
    since: datetime | None = None
    reason: x509.ReasonFlags | None = None


UNKNOWN = Status(State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Asked:
    """One certificate that is asked about: the issuer by its two digests, and the serial number; `der` as it came."""

    algorithm: str
    name_digest: bytes
    key_digest: bytes
    serial: int
    der: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """A whole request: 1 to 16 certificates, and the nonce (1 to 128 octets) where there is one."""

    asked: tuple[Asked, ...]
    nonce: bytes | None


@dataclass(frozen=True, slots=True)
class Term:
    """When an answer is made, and until when it counts."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Delegate:
    """The signer of answers with the certificate that its authority gave it."""

    signer: Signer
    certificate: x509.Certificate


def read_question(der: bytes) -> Question:
    """
    Read a request (DER) of at most 4096 octets.

    A signature of the caller is not asked for and not looked at. Raises NoStatus(MALFORMED) for anything that is not
    DER of an OCSPRequest, for a digest other than SHA-1 and SHA-256, for a nonce of 0 or more than 128 octets
    (RFC 9654 2.1), and for a critical extension that is not the nonce.
    """
    if not der or len(der) > REQUEST_LIMIT:
        raise NoStatus(Trouble.MALFORMED)
    try:
        request = ocsp.OCSPRequest.load(der, strict=True)
        body = request["tbs_request"]
        asked = tuple(_asked(each) for each in body["request_list"])
        nonce = _nonce(body["request_extensions"])
    except (ValueError, TypeError, KeyError, OverflowError):
        raise NoStatus(Trouble.MALFORMED) from None
    if not 1 <= len(asked) <= _MOST_CERTIFICATES:
        raise NoStatus(Trouble.MALFORMED)
    return Question(asked, nonce)


def _asked(request: Any) -> Asked:  # noqa: ANN401 - a structure of asn1crypto
    named = request["req_cert"]
    algorithm = named["hash_algorithm"]["algorithm"].native
    digests = (named["issuer_name_hash"].native, named["issuer_key_hash"].native)
    if algorithm not in _HASHES or any(len(each) != _HASHES[algorithm].digest_size for each in digests):
        raise NoStatus(Trouble.MALFORMED)
    for extension in _extensions(request["single_request_extensions"]):
        if extension["critical"].native:
            raise NoStatus(Trouble.MALFORMED)
    return Asked(algorithm, *digests, named["serial_number"].native, named.dump())


def _nonce(extensions: Any) -> bytes | None:  # noqa: ANN401 - as above
    found = None
    for extension in _extensions(extensions):
        if extension["extn_id"].dotted == _NONCE:
            if found is not None:
                raise NoStatus(Trouble.MALFORMED)
            found = bytes(core.OctetString.load(bytes(extension["extn_value"]), strict=True))
        elif extension["critical"].native:
            raise NoStatus(Trouble.MALFORMED)
    if found is not None and not 1 <= len(found) <= _LONGEST_NONCE:
        raise NoStatus(Trouble.MALFORMED)
    return found


def _extensions(extensions: Any) -> Any:  # noqa: ANN401 - as above
    return () if isinstance(extensions, core.Void) else extensions


def names(authority: x509.Certificate) -> dict[str, tuple[bytes, bytes]]:
    """Give the two digests by which requests name an authority, for each digest that is understood."""
    name = authority.subject.public_bytes()
    key = asn1_key(authority)
    return {algorithm: (_digest(algorithm, name), _digest(algorithm, key)) for algorithm in _HASHES}


def asn1_key(certificate: x509.Certificate) -> bytes:
    """Give the octets of the subjectPublicKey bit string, without tag, length and unused bits (RFC 6960 4.1.1)."""
    parsed = ocsp.Certificate.load(certificate.public_bytes(Encoding.DER))
    key: bytes = parsed["tbs_certificate"]["subject_public_key_info"]["public_key"].contents[1:]
    return key


def _digest(algorithm: str, content: bytes) -> bytes:
    digest = hashes.Hash(_HASHES[algorithm])
    digest.update(content)
    return digest.finalize()


def sign_answer(
    statuses: Sequence[tuple[Asked, Status]], delegate: Delegate, term: Term, nonce: bytes | None = None
) -> bytes:
    """Make a signed answer (DER) for one or more certificates of one authority; the nonce is given back as it came."""
    begin = term.begin.replace(microsecond=0)
    body = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_key", _digest("sha1", asn1_key(delegate.certificate))),
            "produced_at": begin,
            "responses": [_single(asked, status, begin, term.end) for asked, status in statuses],
        }
    )
    if nonce is not None:
        body["response_extensions"] = [{"extn_id": "nonce", "critical": False, "extn_value": core.OctetString(nonce)}]
    algorithm = {"algorithm": _ALGORITHMS[delegate.signer.algorithm]}
    if delegate.signer.algorithm == "RS256":
        algorithm["parameters"] = core.Null()  # RFC 4055 5
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": body,
            "signature_algorithm": algos.SignedDigestAlgorithm(algorithm),
            "signature": x509_signature(delegate.signer, body.dump()),
            "certs": [ocsp.Certificate.load(delegate.certificate.public_bytes(Encoding.DER))],
        }
    )
    answer = {"response_type": "basic_ocsp_response", "response": basic}
    encoded: bytes = ocsp.OCSPResponse({"response_status": "successful", "response_bytes": answer}).dump()
    return encoded


def _single(asked: Asked, status: Status, begin: datetime, end: datetime) -> dict[str, object]:
    return {
        "cert_id": ocsp.CertId.load(asked.der),
        "cert_status": _cert_status(status),
        "this_update": begin,
        "next_update": end.replace(microsecond=0),
    }


def _cert_status(status: Status) -> ocsp.CertStatus:
    """RFC 6960 2.2: a certificate on hold is revoked with the reason certificateHold."""
    if status.state in (State.GOOD, State.UNKNOWN):
        return ocsp.CertStatus(status.state.value, core.Null())
    reason = x509.ReasonFlags.certificate_hold if status.state is State.HELD else status.reason
    revoked: dict[str, object] = {"revocation_time": status.since}
    if reason is not None:
        revoked["revocation_reason"] = _REASONS[reason]
    return ocsp.CertStatus("revoked", ocsp.RevokedInfo(revoked))


_REASONS = {
    x509.ReasonFlags.key_compromise: "key_compromise",
    x509.ReasonFlags.ca_compromise: "ca_compromise",
    x509.ReasonFlags.affiliation_changed: "affiliation_changed",
    x509.ReasonFlags.superseded: "superseded",
    x509.ReasonFlags.cessation_of_operation: "cessation_of_operation",
    x509.ReasonFlags.certificate_hold: "certificate_hold",
}


def without_status(trouble: Trouble) -> bytes:
    """Make an answer that only says why there is no status; it is not signed."""
    encoded: bytes = ocsp.OCSPResponse({"response_status": trouble.value}).dump()
    return encoded
