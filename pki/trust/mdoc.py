"""Our anchors as the trust functions that the codec asks for: document signers, status signers, readers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from cryptography import x509
from cryptography.x509.oid import NameOID

from mdoc.errors import Untrusted
from mdoc.status_token import StatusTrust
from mdoc.verify import SignerCertificate, Trust
from pki.trust.anchors import Anchor, Anchors
from pki.trust.path import UntrustedChain, subject_value, validate_path
from pki.trust.purposes import DOCUMENT_SIGNER, READER, STATUS_SIGNER, VICAL_SIGNER, Purpose
from pki.trust.revocation import State

Revocation: TypeAlias = Callable[[x509.Certificate, datetime], State]
"""What is known of a certificate at an instant; given where a revocation list is at hand."""


def document_signer_trust(anchors: Anchors, *, revocation: Revocation | None = None) -> Trust:
    """
    Trust document signers that one of `anchors` (IACA roots) certified, for the docTypes of that anchor.

    The function takes a DER chain, a docType and an instant and raises mdoc's Untrusted with the rule broken. Where
    `revocation` is given, a signer that is not known to be good is not trusted (ISO/IEC 18013-5 9.3.3).
    """

    def trust(chain: Sequence[bytes], doc_type: str, at: datetime) -> SignerCertificate:
        certificate, anchor = _validated(chain, anchors, DOCUMENT_SIGNER, at)
        _check_revocation(certificate, revocation, at)
        if not anchor.certifies(doc_type):
            raise Untrusted("the anchor does not certify this docType")
        return _signer(certificate, anchor)

    return trust


def status_signer_trust(anchors: Anchors, *, revocation: Revocation | None = None) -> StatusTrust:
    """
    Trust signers of status lists that an IACA root itself certified (ISO/IEC 18013-5 second edition, 12.3.6).

    A chain that leads through a document signer, or that is one, is Untrusted.
    """
    return _trust(anchors, STATUS_SIGNER, revocation)


def reader_trust(anchors: Anchors, *, revocation: Revocation | None = None) -> StatusTrust:
    """Trust readers that the reader CA certified (ISO/IEC 18013-5 9.1.4)."""
    return _trust(anchors, READER, revocation)


def vical_signer_trust(anchors: Anchors, *, revocation: Revocation | None = None) -> StatusTrust:
    """Trust signers of lists of roots that the provider's root certified (ISO/IEC 18013-5 Annex C)."""
    return _trust(anchors, VICAL_SIGNER, revocation)


def _trust(anchors: Anchors, purpose: Purpose, revocation: Revocation | None) -> StatusTrust:
    def trust(chain: Sequence[bytes], at: datetime) -> SignerCertificate:
        certificate, anchor = _validated(chain, anchors, purpose, at)
        _check_revocation(certificate, revocation, at)
        return _signer(certificate, anchor)

    return trust


def _validated(
    chain: Sequence[bytes], anchors: Anchors, purpose: Purpose, at: datetime
) -> tuple[x509.Certificate, Anchor]:
    try:
        return validate_path(chain, anchors=anchors, purpose=purpose, at=at)
    except UntrustedChain as exc:
        raise Untrusted(str(exc.reason)) from exc


def _check_revocation(certificate: x509.Certificate, revocation: Revocation | None, at: datetime) -> None:
    state = State.GOOD if revocation is None else revocation(certificate, at)
    if state is not State.GOOD:
        raise Untrusted(f"signer-{state.value}")


def _signer(certificate: x509.Certificate, anchor: Anchor) -> SignerCertificate:
    return SignerCertificate(
        public_key=certificate.public_key(),  # type: ignore[arg-type]  # the path refuses every other kind of key
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        country=subject_value(certificate, NameOID.COUNTRY_NAME) or "",
        state=subject_value(certificate, NameOID.STATE_OR_PROVINCE_NAME),
        doc_types=anchor.doc_types,
    )
