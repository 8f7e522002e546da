"""Our anchors as the trust functions that the codec asks for: document signers, status signers, readers."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from mdoc.errors import Untrusted
from mdoc.status_token import StatusTrust
from mdoc.verify import SignerCertificate, Trust
from pki.trust.anchors import Anchors
from pki.trust.path import Path, UntrustedChain, find_path, first_of, subject_value
from pki.trust.purposes import DOCUMENT_SIGNER, READER, STATUS_SIGNER, VICAL_SIGNER, Purpose
from pki.trust.revocation import Revocation, State

_REMEMBERED = 256


def document_signer_trust(anchors: Anchors, *, revocation: Revocation | None = None) -> Trust:
    """
    Trust document signers that one of `anchors` (IACA roots) certified.

    The function takes a DER chain, a docType and an instant and raises mdoc's Untrusted with the rule broken; what it
    returns names the docTypes of the anchor, and the inspection procedure holds the document against them. Where
    `revocation` is given, a signer that is not known to be good is not trusted (ISO/IEC 18013-5 9.3.3). Chains that
    were validated are remembered, a bounded number of them; dates and revocation are asked at every instant anew.
    """
    validated = _trust(anchors, DOCUMENT_SIGNER, revocation)

    def trust(chain: Sequence[bytes], doc_type: str, at: datetime) -> SignerCertificate:
        del doc_type
        return validated(chain, at)

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
    @lru_cache(maxsize=_REMEMBERED)
    def known(chain: tuple[bytes, ...]) -> tuple[Path, SignerCertificate]:
        """A refusal is an exception and never remembered: a stranger's chains cannot drive out the good ones."""
        path = find_path(chain, anchors=anchors, purpose=purpose)
        return path, _signer(path, anchors)

    def trust(chain: Sequence[bytes], at: datetime) -> SignerCertificate:
        try:
            path, signer = known((first_of(chain), *chain[1 : 1 + purpose.intermediate]))
            path.check(at)
        except UntrustedChain as exc:
            raise Untrusted(str(exc.reason)) from exc
        if revocation is not None:
            _check_revocation(path.certificate, revocation, at)
        return signer

    return trust


def _check_revocation(certificate: x509.Certificate, revocation: Revocation, at: datetime) -> None:
    state = revocation(certificate, at)
    if state is not State.GOOD:
        raise Untrusted(f"signer-{state.value}")


def _signer(path: Path, anchors: Anchors) -> SignerCertificate:
    certificate = path.certificate
    return SignerCertificate(
        public_key=certificate.public_key(),  # type: ignore[arg-type]  # the path refuses every other kind of key
        not_before=path.not_before,
        not_after=path.not_after,
        country=subject_value(certificate, NameOID.COUNTRY_NAME) or "",
        state=subject_value(certificate, NameOID.STATE_OR_PROVINCE_NAME),
        doc_types=anchors.doc_types_of(path.anchor),
        authority=path.anchor.key_hash,
    )
