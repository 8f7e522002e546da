"""What a revocation list says about a certificate; bytes in, an answer out, no reading from anywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from mdoc.unreadable import UNREADABLE

_LARGEST_LIST = 16 * 1024 * 1024
# Delta lists, lists of one distribution point and indirect lists are not complete (RFC 5280 5.2.4, 5.2.5): they carry a
# critical extension and are therefore refused. RFC 5280 5.2: AKI and CRL number are processed.


class State(Enum):
    """What is known of a certificate; UNKNOWN is never read as revoked, and never as good."""

    GOOD = "good"
    HELD = "held"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


Revocation: TypeAlias = Callable[[x509.Certificate, datetime], State]
"""What is known of a certificate at an instant."""


class ListFault(StrEnum):
    """Why a revocation list cannot be used."""

    MALFORMED = "crl-malformed"
    ISSUER = "crl-issuer"
    SIGNATURE = "crl-signature"
    EXTENSION = "crl-critical-extension"
    NOT_YET = "crl-from-the-future"
    STALE = "crl-stale"


class UnusableList(Exception):
    """A revocation list is not of this issuer, altered, incomplete, or out of date."""

    def __init__(self, fault: ListFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A complete list whose signature was verified; ask it for one instant at a time."""

    crl: x509.CertificateRevocationList
    issuer: x509.Certificate

    def check_current(self, at: datetime) -> None:
        """Raise UnusableList when `at` is before thisUpdate or after nextUpdate, or there is no nextUpdate."""
        if at < self.crl.last_update_utc:
            raise UnusableList(ListFault.NOT_YET)
        if self.crl.next_update_utc is None or at > self.crl.next_update_utc:
            raise UnusableList(ListFault.STALE)

    def state(self, serial: int, at: datetime) -> State:
        """Say what the list says of one serial number; UnusableList when the list is not current at `at`."""
        self.check_current(at)
        entry = self.crl.get_revoked_certificate_by_serial_number(serial)
        if entry is None or at < entry.revocation_date_utc:
            return State.GOOD
        try:
            reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        except x509.ExtensionNotFound:
            return State.REVOKED
        except ValueError:
            raise UnusableList(ListFault.MALFORMED) from None
        return State.HELD if reason is x509.ReasonFlags.certificate_hold else State.REVOKED


def read_crl(der: bytes, issuer: x509.Certificate) -> RevocationList:
    """
    Read a revocation list (DER) of `issuer`.

    Raises UnusableList when it is malformed, names another issuer, fails the issuer's key, or is not complete.
    """
    if len(der) > _LARGEST_LIST:
        raise UnusableList(ListFault.MALFORMED)
    try:
        crl = x509.load_der_x509_crl(der)
        same = crl.issuer.public_bytes() == issuer.subject.public_bytes()
        critical = any(extension.critical for extension in crl.extensions)
    except UNREADABLE:
        raise UnusableList(ListFault.MALFORMED) from None
    if not same:
        raise UnusableList(ListFault.ISSUER)
    if critical:
        raise UnusableList(ListFault.EXTENSION)
    if not _verified(crl, issuer):
        raise UnusableList(ListFault.SIGNATURE)
    return RevocationList(crl, issuer)


def state_of(certificate: x509.Certificate, crl: bytes, *, issuer: x509.Certificate, at: datetime) -> State:
    """
    Say what `crl` (DER, of `issuer`) says of `certificate` at `at`.

    A list that cannot be used, or a certificate of somebody else, is UNKNOWN: the caller decides what that means, and
    it never means good.
    """
    if certificate.issuer.public_bytes() != issuer.subject.public_bytes():
        return State.UNKNOWN
    try:
        return read_crl(crl, issuer).state(certificate.serial_number, at)
    except UnusableList:
        return State.UNKNOWN


def revocation_by(lists: Sequence[RevocationList]) -> Revocation:
    """
    Answer from these lists: a certificate of which none of them, current at the instant, speaks is UNKNOWN.

    A list speaks of the certificates that the key which signed it has certified.
    """

    def answer(certificate: x509.Certificate, at: datetime) -> State:
        for one in lists:
            try:
                certificate.verify_directly_issued_by(one.issuer)
                return one.state(certificate.serial_number, at)
            except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, UnusableList):
                continue
        return State.UNKNOWN

    return answer


def _verified(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # TypeError for another kind
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False
