"""Roll-over of a root: whoever trusts the old one alone comes to the new one by a link certificate."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mdoc.unreadable import UNREADABLE
from pki.trust.anchors import Anchor, Anchors, UnusableAnchor


class UnusableLink(Exception):
    """The link does not carry trust from an anchor to this root."""


def through_link(anchors: Anchors, link: bytes, root: bytes, at: datetime) -> Anchors:
    """
    Return the anchors with one more: `root` (DER, self-signed), for the docTypes of the anchor that signed `link`.

    The link (ISO/IEC 18013-5 Annex B.1.3) has the root's name and key, is in force at `at`, may certify, and is signed
    by an anchor that is in force. Raises UnusableLink.
    """
    try:
        carried, target = x509.load_der_x509_certificate(link), x509.load_der_x509_certificate(root)
        above = _above(anchors, carried, at)
        added = Anchor(target, above.doc_types)
        same = carried.subject.public_bytes() == target.subject.public_bytes() and _key(carried) == _key(target)
        believed = same and _in_force(carried, at) and _may_certify(carried)
    except (*UNREADABLE, UnusableAnchor):
        raise UnusableLink("link or root cannot be read") from None
    if not believed:
        raise UnusableLink("the link is not one to this root at this instant")
    return Anchors((*anchors.anchors, added))


def _above(anchors: Anchors, link: x509.Certificate, at: datetime) -> Anchor:
    for anchor in anchors.anchors:
        try:
            link.verify_directly_issued_by(anchor.certificate)
        except (ValueError, TypeError, InvalidSignature):
            continue
        if _in_force(anchor.certificate, at):
            return anchor
    raise UnusableLink("no anchor has signed the link")


def _key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _in_force(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _may_certify(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and usage.key_cert_sign
