"""Path validation for one purpose at one instant (RFC 5280 6.1; ISO/IEC 18013-5 9.3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from mdoc.unreadable import UNREADABLE
from pki.trust.anchors import Anchor, Anchors
from pki.trust.purposes import Purpose, kind_of

Extension = TypeVar("Extension", bound=x509.ExtensionType)

_LONGEST_CHAIN = 5
# The largest certificate met in these hierarchies has under 2 kB; a post-quantum one is not expected here.
_LARGEST_CERTIFICATE = 8192
_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


class Reason(StrEnum):
    """Why a chain is not trusted."""

    EMPTY = "chain-empty"
    TOO_LONG = "chain-too-long"
    MALFORMED = "certificate-malformed"
    UNKNOWN_ISSUER = "issuer-unknown"
    SIGNATURE = "signature-wrong"
    ANCHOR_CONSTRAINTS = "anchor-constraints"
    ALGORITHM = "algorithm-weak"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    ANCHOR_VALIDITY = "anchor-not-valid"
    CRITICAL_EXTENSION = "critical-extension-unknown"
    AUTHORITY = "certificate-is-an-authority"
    KEY_USAGE = "key-usage"
    PURPOSE = "extended-key-usage"
    POLICY = "certificate-policy"
    COUNTRY = "country-differs"
    STATE = "state-differs"
    INTERMEDIATE = "intermediate-constraints"
    INTERMEDIATE_VALIDITY = "intermediate-not-valid"


class UntrustedChain(Exception):
    """The chain does not lead to an anchor for this purpose at this instant; `reason` says which rule it breaks."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


def validate(chain: Sequence[bytes], *, anchors: Anchors, purpose: Purpose, at: datetime) -> x509.Certificate:
    """
    Return the first certificate of `chain` when one of `anchors` certified it directly for `purpose`.

    `chain`: DER, signer first. Only the first element counts, because the path length is zero everywhere in these
    hierarchies (ISO/IEC 18013-5 Annex B); others are neither needed nor believed, but for the second where the purpose
    allows an intermediate authority. `at`: aware instant at which the
    path must hold. Revocation is a question of its own (`pki.trust.revocation`). Raises UntrustedChain.
    """
    return validate_path(chain, anchors=anchors, purpose=purpose, at=at)[0]


def validate_path(
    chain: Sequence[bytes], *, anchors: Anchors, purpose: Purpose, at: datetime
) -> tuple[x509.Certificate, Anchor]:
    """Do what `validate` does, and return the anchor beside the certificate."""
    path = find_path(chain, anchors=anchors, purpose=purpose)
    path.check(at)
    return path.certificate, path.anchor


@dataclass(frozen=True, slots=True)
class Path:
    """A certificate and the anchor that certified it for a purpose; whether they are in force is asked per instant."""

    certificate: x509.Certificate
    anchor: Anchor
    not_before: datetime
    not_after: datetime
    anchor_not_before: datetime
    anchor_not_after: datetime
    between: x509.Certificate | None = None

    def check(self, at: datetime) -> None:
        """Raise UntrustedChain unless certificate and anchor are in force at `at`; both ends belong to a period."""
        if at < self.not_before:
            raise UntrustedChain(Reason.NOT_YET_VALID)
        if at > self.not_after:
            raise UntrustedChain(Reason.EXPIRED)
        if not self.anchor_not_before <= at <= self.anchor_not_after or not self.anchor.trusted(at):
            raise UntrustedChain(Reason.ANCHOR_VALIDITY)
        if self.between is not None and not self.between.not_valid_before_utc <= at <= self.between.not_valid_after_utc:
            raise UntrustedChain(Reason.INTERMEDIATE_VALIDITY)


def find_path(chain: Sequence[bytes], *, anchors: Anchors, purpose: Purpose) -> Path:
    """Do all of `validate` that does not depend on the instant, so that it can be remembered."""
    certificate = _read(first_of(chain))
    try:
        anchor, between = _climb(certificate, chain, anchors, purpose)
        root = anchor.certificate
        _check_strength(certificate, purpose)
        _check_usage(certificate, purpose)
        _check_anchor(root)
        if purpose.same_country:
            _check_place(certificate, root)
        periods = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        return Path(certificate, anchor, *periods, root.not_valid_before_utc, root.not_valid_after_utc, between)
    except UNREADABLE:
        # Parts of a certificate are parsed when they are first looked at.
        raise UntrustedChain(Reason.MALFORMED) from None


def first_of(chain: Sequence[bytes]) -> bytes:
    """Return the DER of the certificate that counts; UntrustedChain for a chain that is empty or too long."""
    if not chain:
        raise UntrustedChain(Reason.EMPTY)
    if len(chain) > _LONGEST_CHAIN:
        raise UntrustedChain(Reason.TOO_LONG)
    return chain[0]


def _read(der: bytes) -> x509.Certificate:
    if len(der) > _LARGEST_CERTIFICATE:
        raise UntrustedChain(Reason.MALFORMED)
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.subject, certificate.issuer  # names are parsed when they are first looked at
    except UNREADABLE:
        raise UntrustedChain(Reason.MALFORMED) from None
    if certificate.serial_number <= 0:  # RFC 5280 4.1.2.2; the library still reads it, with a warning
        raise UntrustedChain(Reason.MALFORMED)
    return certificate


def _issuer(certificate: x509.Certificate, anchors: Anchors) -> Anchor:
    """
    Find the anchor by signature among those with the issuer's name.

    All authorities of the JPKI kind share one name, so the name alone chooses nothing. Names are compared byte by
    byte, as ISO/IEC 18013-5 Annex B demands of document signers.
    """
    name = certificate.issuer.public_bytes()
    candidates = [each for each in anchors.anchors if each.certificate.subject.public_bytes() == name]
    if not candidates:
        raise UntrustedChain(Reason.UNKNOWN_ISSUER)
    for candidate in candidates:
        if _signed_by(certificate, candidate.certificate):
            return candidate
    raise UntrustedChain(Reason.SIGNATURE)


def _climb(
    certificate: x509.Certificate, chain: Sequence[bytes], anchors: Anchors, purpose: Purpose
) -> tuple[Anchor, x509.Certificate | None]:
    """Find the anchor above, directly or, where the purpose allows it, over the second certificate of the chain."""
    try:
        return _issuer(certificate, anchors), None
    except UntrustedChain:
        if not purpose.intermediate or len(chain) == 1:
            raise
        between = _read(chain[1])
        if between.subject.public_bytes() != certificate.issuer.public_bytes() or not _signed_by(certificate, between):
            raise
    anchor = _issuer(between, anchors)
    _check_strength(between, purpose)
    _check_intermediate(between, anchor.certificate)
    return anchor, between


def _check_intermediate(between: x509.Certificate, root: x509.Certificate) -> None:
    """RFC 5280 6.1.4: it may certify, everything critical in it is understood, and the root allows one below it."""
    constraints = _value(between, x509.BasicConstraints)
    above = _value(root, x509.BasicConstraints)
    may = constraints is not None and constraints.ca and "key_cert_sign" in _usages(between)
    allowed = above is not None and above.path_length != 0
    known = (x509.BasicConstraints.oid, x509.KeyUsage.oid)
    if not may or not allowed or any(each.critical and each.oid not in known for each in between.extensions):
        raise UntrustedChain(Reason.INTERMEDIATE)


def _signed_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_strength(certificate: x509.Certificate, purpose: Purpose) -> None:
    """Signature with SHA-256 or better, key of a kind that this purpose allows."""
    if not isinstance(certificate.signature_hash_algorithm, hashes.SHA256 | hashes.SHA384 | hashes.SHA512):
        raise UntrustedChain(Reason.ALGORITHM)
    if kind_of(certificate.public_key()) not in purpose.keys:
        raise UntrustedChain(Reason.ALGORITHM)


def _check_usage(certificate: x509.Certificate, purpose: Purpose) -> None:
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in purpose.processed:
            raise UntrustedChain(Reason.CRITICAL_EXTENSION)
    constraints = _value(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise UntrustedChain(Reason.AUTHORITY)
    if _usages(certificate) not in (purpose.key_usage, purpose.other_key_usage or purpose.key_usage):
        raise UntrustedChain(Reason.KEY_USAGE)
    _check_extended_usage(certificate, purpose)
    if purpose.policy is not None and purpose.policy not in _policies(certificate):
        raise UntrustedChain(Reason.POLICY)


def _check_extended_usage(certificate: x509.Certificate, purpose: Purpose) -> None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        if purpose.required_usages:
            raise UntrustedChain(Reason.PURPOSE) from None
        return
    missing = set(purpose.required_usages) - set(extension.value)
    other = purpose.other_usages.intersection(extension.value)
    foreign = (extension.critical or other) and not purpose.required_usages
    if missing or foreign or (purpose.usage_critical and not extension.critical):
        raise UntrustedChain(Reason.PURPOSE)


def _check_anchor(anchor: x509.Certificate) -> None:
    """RFC 5280 6.1.4: the authority may sign certificates, and every critical extension of it is understood."""
    known = (x509.BasicConstraints.oid, x509.KeyUsage.oid)
    if any(extension.critical and extension.oid not in known for extension in anchor.extensions):
        raise UntrustedChain(Reason.ANCHOR_CONSTRAINTS)
    if "key_cert_sign" not in _usages(anchor):
        raise UntrustedChain(Reason.ANCHOR_CONSTRAINTS)


def _check_place(certificate: x509.Certificate, anchor: x509.Certificate) -> None:
    """ISO/IEC 18013-5 9.3.3: one country, and one state when both name one."""
    country = subject_value(certificate, NameOID.COUNTRY_NAME)
    if country is None or country != subject_value(anchor, NameOID.COUNTRY_NAME):
        raise UntrustedChain(Reason.COUNTRY)
    states = {subject_value(each, NameOID.STATE_OR_PROVINCE_NAME) for each in (certificate, anchor)} - {None}
    if len(states) > 1:
        raise UntrustedChain(Reason.STATE)


def subject_value(certificate: x509.Certificate, attribute: x509.ObjectIdentifier) -> str | None:
    """Give the text of one attribute of the subject; None when it is absent, not a text, or there twice."""
    found = certificate.subject.get_attributes_for_oid(attribute)
    value = found[0].value if len(found) == 1 else None
    return value if isinstance(value, str) else None


def _value(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _usages(certificate: x509.Certificate) -> frozenset[str]:
    usage = _value(certificate, x509.KeyUsage)
    return frozenset(name for name in _KEY_USAGES if usage is not None and getattr(usage, name))


def _policies(certificate: x509.Certificate) -> frozenset[x509.ObjectIdentifier]:
    policies = _value(certificate, x509.CertificatePolicies)
    return frozenset(policy.policy_identifier for policy in policies or ())
