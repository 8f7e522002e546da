"""The list of trusted roots (VICAL): composed, signed, read back before anybody gets it (ISO/IEC 18013-5 Annex C)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from mdoc.errors import VicalRefused
from mdoc.list_token import StatusTrust
from mdoc.vical import CertificateInfo, Vical, complete_vical, prepare_vical, read_vical
from pki.ca.files import write_whole
from pki.ca.issue import der
from pki.keys.signer import Signer
from pki.plan import CeremonyPlan
from pki.trust.anchors import Anchor, Anchors, UnusableAnchor
from pki.trust.mdoc import vical_signer_trust
from pki.trust.path import subject_value

IACA_PROFILE: Final = "1.0.18013.5.1.7"  # the label of an IACA root in such a list, and in no certificate


@dataclass(frozen=True, slots=True)
class Issue:
    """What a list says: whose it is, the roots with their docTypes, for how long, and where the next one will be."""

    provider: str
    roots: Anchors
    holds: timedelta
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ListSigner:
    """
    Who signs a list: a function that gives a raw ES256 signature, and the signer's certificates (DER) without root.

    `trust` must believe the signer before anybody gets the list.
    """

    sign: Callable[[bytes], bytes]
    chain: Sequence[bytes]
    trust: StatusTrust


def issue_of(plan: CeremonyPlan, roots: Iterable[x509.Certificate], at: datetime) -> Issue:
    """Return what the list of a plan says at `at`: every root that has not ended, each for the plan's docTypes."""
    doc_types = frozenset(plan.vical.doc_types)
    anchors = tuple(Anchor(root, doc_types) for root in roots if at <= root.not_valid_after_utc)
    return Issue(plan.organisation, Anchors(anchors), timedelta(days=plan.vical.next_update), plan.vical.url)


def list_signer(key: Signer, certificate: x509.Certificate, roots: Iterable[x509.Certificate]) -> ListSigner:
    """Return a key with its certificate as the signer of the list, believed under `roots`."""
    trust = vical_signer_trust(Anchors(tuple(Anchor(root) for root in roots)))
    return ListSigner(key.sign, (der(certificate),), trust)


def renew_vical(path: Path, issue: Issue, signer: ListSigner, *, at: datetime) -> bool:
    """
    Write a new list unless the one that is there says the same and holds for half of its time; tell whether one was.

    `at`: in whole seconds. Raises VicalRefused when our own reader would not believe the new list.
    """
    if _holds(path, issue, signer.trust, at):
        return False
    write_whole(path, sign_vical(compose_vical(issue, at=at), signer, at=at))
    return True


def _holds(path: Path, issue: Issue, trust: StatusTrust, at: datetime) -> bool:
    try:
        there = read_vical(path.read_bytes(), trust=trust, at=at)
    except (FileNotFoundError, VicalRefused):
        return False
    fresh = there.holds_until is not None and there.holds_until - at >= issue.holds / 2
    return fresh and replace(compose_vical(issue, at=there.date), next_update=there.next_update) == there


def compose_vical(issue: Issue, *, at: datetime) -> Vical:
    """
    Put the roots on a list, dated `at` in whole seconds. Seconds number the issues too: a later list has a higher one.

    Raises UnusableAnchor for a root without docTypes: a list that allows everything is no list.
    """
    return Vical(
        provider=issue.provider,
        date=at,
        certificates=tuple(_info(anchor) for anchor in issue.roots.anchors),
        issue_id=int(at.timestamp()),
        next_update=at + issue.holds,
        url=issue.url,
    )


def _info(anchor: Anchor) -> CertificateInfo:
    certificate = anchor.certificate
    if not anchor.doc_types:
        raise UnusableAnchor("a root on a list needs the docTypes it may certify")
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return CertificateInfo(
        certificate=der(certificate),
        serial_number=certificate.serial_number,
        ski=identifier.digest,
        doc_types=tuple(sorted(anchor.doc_types)),
        certificate_profiles=(IACA_PROFILE,),
        issuing_authority=subject_value(certificate, NameOID.ORGANIZATION_NAME),
        issuing_country=subject_value(certificate, NameOID.COUNTRY_NAME),
        state_or_province=subject_value(certificate, NameOID.STATE_OR_PROVINCE_NAME),
        issuer=certificate.issuer.public_bytes(),
        subject=certificate.subject.public_bytes(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def sign_vical(vical: Vical, signer: ListSigner, *, at: datetime) -> bytes:
    """Sign a list; raises VicalRefused when our own reader would not believe it at `at`."""
    prepared = prepare_vical(vical, signer.chain)
    signed = complete_vical(prepared, signer.sign(prepared.to_be_signed))
    read_vical(signed, trust=signer.trust, at=at)
    return signed
