"""Signers of status answers for the JPKI kind: of the authority's own, and short-lived (RFC 6960 4.2.2.2)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Request
from pki.keys.signer import PublicKey
from pki.profiles.jpki import OCSP_SIGNER


def ocsp_signer_request(authority: Authority, common_name: str, key: PublicKey, period: Period) -> Request:
    """Ask for the signer of one authority's answers: its name with a common name of its own, 90 days at most."""
    subject = authority.certificate.subject
    name = x509.Name([*subject, x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    return Request(OCSP_SIGNER, name, key, period, issuer_alternative_names=(x509.DirectoryName(subject),))
