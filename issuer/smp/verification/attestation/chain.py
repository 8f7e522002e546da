"""Chains of attestation certificates, link by link up to a maker's root (RFC 5280 6.1)."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import ExtensionOID

from issuer.errors import Code
from issuer.smp.verification.attestation.refused import AttestationRefused
from mdoc.unreadable import UNREADABLE
from pki.trust.anchors import Anchors

Chain = list[x509.Certificate]
"""Every certificate of an attestation, the maker's own root apart: it is trusted by name, and taken away by name."""

Extension = TypeVar("Extension", bound=x509.ExtensionType)

_PROCESSED: Final = frozenset({ExtensionOID.KEY_USAGE, ExtensionOID.BASIC_CONSTRAINTS})


def authorities_under(roots: Anchors, chain: Sequence[bytes], *, at: datetime) -> list[x509.Certificate]:
    """
    Return the authorities of a chain (DER, lowest first, without the root) when one of `roots` stands over them.

    Raises AttestationRefused: key_attestation_malformed, _link_broken, _root_unknown, _expired, _not_authorised,
    _extension_refused.
    """
    certificates = [_load(der) for der in chain]
    for child, parent in pairwise(certificates):
        _check_link(child, parent)
    _check_root(certificates[-1], roots, at)
    for depth, certificate in enumerate(certificates):
        _check_in_time(certificate, at)
        _check_authority(certificate, depth)
    return certificates


def certified_by(authority: x509.Certificate, der: bytes, *, at: datetime) -> x509.Certificate:
    """Return the certificate at the lower end of a chain; raises AttestationRefused as `authorities_under` does."""
    certificate = _load(der)
    _check_link(certificate, authority)
    _check_in_time(certificate, at)
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca:
        raise AttestationRefused(Code.ATTESTATION_AUTHORITY)
    return certificate


def _load(der: bytes) -> x509.Certificate:
    try:
        certificate = x509.load_der_x509_certificate(der)
        unknown = [each for each in certificate.extensions if each.critical and each.oid not in _PROCESSED]
    except UNREADABLE:
        raise AttestationRefused(Code.ATTESTATION_MALFORMED) from None
    if unknown:
        raise AttestationRefused(Code.ATTESTATION_EXTENSION)
    return certificate


def _check_link(child: x509.Certificate, parent: x509.Certificate) -> None:
    """The parent's name stands in the child, and the parent's key has signed it."""
    if not _issued(child, parent):
        raise AttestationRefused(Code.ATTESTATION_LINK)


def _check_root(highest: x509.Certificate, roots: Anchors, at: datetime) -> None:
    over = [root for root in roots.certificates() if _issued(highest, root)]
    if not over:
        raise AttestationRefused(Code.ATTESTATION_ROOT)
    _check_in_time(over[0], at)


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (*UNREADABLE, InvalidSignature):
        return False
    return True


def _check_in_time(certificate: x509.Certificate, at: datetime) -> None:
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise AttestationRefused(Code.ATTESTATION_EXPIRED)


def _check_authority(certificate: x509.Certificate, below: int) -> None:
    """It may certify, and as many authorities below it as there are."""
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    may = constraints is not None and constraints.ca and usage is not None and usage.key_cert_sign
    if not may or constraints is None or (constraints.path_length is not None and constraints.path_length < below):
        raise AttestationRefused(Code.ATTESTATION_AUTHORITY)


def _extension(certificate: x509.Certificate, kind: type[Extension]) -> Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def stated(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> bytes | None:
    """Return the DER of an extension that the library does not know, None when it is absent."""
    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
    except x509.ExtensionNotFound:
        return None
    return value.value if isinstance(value, x509.UnrecognizedExtension) else None
