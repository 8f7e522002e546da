"""Revocation lists: complete, numbered upwards, every 90 days at the latest (ISO/IEC 18013-5 Annex B.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from asn1crypto import core
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pki.ca.issue import Authority
from pki.keys.signer import hash_of

LONGEST = timedelta(days=90)
_AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
_CRL_NUMBER = "2.5.29.20"
_REASON = "2.5.29.21"


class ListRule(StrEnum):
    """What can be wrong with a revocation list before it leaves."""

    NUMBER = "crl-number"
    PERIOD = "crl-period"
    EXTENSIONS = "crl-extensions"
    ENTRY_EXTENSIONS = "crl-entry-extensions"
    ISSUER = "crl-issuer"
    EMPTY = "crl-empty-sequence"


class OutsideListProfile(Exception):
    """The list is not what Annex B.3 says."""

    def __init__(self, rule: ListRule) -> None:
        super().__init__(str(rule))
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Revoked:
    """One entry: the serial number, since when, and for lists of the JPKI kind why."""

    serial: int
    since: datetime
    reason: x509.ReasonFlags | None = None


@dataclass(frozen=True, slots=True)
class ListRequest:
    """What a list says: entries, its number (greater than every number before it), its period."""

    entries: tuple[Revoked, ...]
    number: int
    this_update: datetime
    next_update: datetime


def sign_list(request: ListRequest, authority: Authority, *, with_reasons: bool = False) -> bytes:
    """
    Make the list of one authority as DER.

    Entries carry their reason only `with_reasons`: Annex B.3 allows no entry extensions, while the JPKI kind must tell
    a hold from a revocation. Raises OutsideListProfile when the period or the number is wrong.
    """
    if not timedelta(0) < request.next_update - request.this_update <= LONGEST:
        raise OutsideListProfile(ListRule.PERIOD)
    if request.number < 1:
        raise OutsideListProfile(ListRule.NUMBER)
    builder = _builder(request, authority.certificate)
    for entry in _entries(request.entries, with_reasons=with_reasons):
        builder = builder.add_revoked_certificate(entry)
    signed = builder.sign(authority.signer.certificate_key, hash_of(authority.signer.algorithm))
    encoded = signed.public_bytes(serialization.Encoding.DER)
    check_list(encoded, authority.certificate, with_reasons=with_reasons)
    return encoded


def check_list(der: bytes, issuer: x509.Certificate, *, with_reasons: bool = False) -> None:
    """Hold a list (DER) against Annex B.3; OutsideListProfile names what differs."""
    body = asn1_crl.CertificateList.load(der)["tbs_cert_list"]
    if body["issuer"].dump() != issuer.subject.public_bytes():
        raise OutsideListProfile(ListRule.ISSUER)
    extensions = [(each["extn_id"].dotted, each["critical"].native) for each in body["crl_extensions"]]
    if sorted(extensions) != [(_CRL_NUMBER, False), (_AUTHORITY_KEY_IDENTIFIER, False)]:
        raise OutsideListProfile(ListRule.EXTENSIONS)
    revoked = body["revoked_certificates"]
    if not isinstance(revoked, core.Void) and len(revoked) == 0:
        raise OutsideListProfile(ListRule.EMPTY)
    _check_entries(revoked, {_REASON} if with_reasons else set())


def _check_entries(revoked: asn1_crl.RevokedCertificates | core.Void, allowed: set[str]) -> None:
    for entry in revoked:
        extensions = entry["crl_entry_extensions"]
        found = set() if extensions.native is None else {each["extn_id"].dotted for each in extensions}
        if found - allowed:
            raise OutsideListProfile(ListRule.ENTRY_EXTENSIONS)


def _builder(request: ListRequest, issuer: x509.Certificate) -> x509.CertificateRevocationListBuilder:
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(request.this_update.replace(microsecond=0))
        .next_update(request.next_update.replace(microsecond=0))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.CRLNumber(request.number), critical=False)
    )


def _entries(entries: Iterable[Revoked], *, with_reasons: bool) -> Iterable[x509.RevokedCertificate]:
    for entry in sorted(entries, key=lambda each: each.serial):
        builder = (
            x509.RevokedCertificateBuilder()
            .serial_number(entry.serial)
            .revocation_date(entry.since.replace(microsecond=0))
        )
        if with_reasons and entry.reason is not None:
            builder = builder.add_extension(x509.CRLReason(entry.reason), critical=False)
        yield builder.build()
