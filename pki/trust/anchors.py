"""The certificates that are trusted without being certified by anybody, each with what it may certify."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mdoc.unreadable import UNREADABLE
from mdoc.vical import Vical

_LIMIT = 262_144


class UnusableAnchor(Exception):
    """A trust anchor could not be read, or is not a self-signed CA certificate."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """
    A root certificate and the docTypes it may certify; None stands for every docType.

    `until`: the instant from which it is not trusted any more, whatever it says itself; it comes from the list that
    named it.
    """

    certificate: x509.Certificate
    doc_types: frozenset[str] | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a root: UnusableAnchor when it is no CA or its own signature does not verify."""
        try:
            self.certificate.verify_directly_issued_by(self.certificate)
            constraints = self.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        except (*UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
            raise UnusableAnchor("not a self-signed certificate authority") from None
        if not constraints.ca:
            raise UnusableAnchor("the certificate says that it is no certificate authority")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, in hex: what two people compare over the telephone."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def key_hash(self) -> bytes:
        """SHA-256 of the public key: two certificates of one authority have it in common."""
        spki = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return sha256(spki).digest()

    def certifies(self, doc_type: str | None) -> bool:
        """Say whether documents of this docType may rest on this anchor."""
        return doc_type is None or self.doc_types is None or doc_type in self.doc_types

    def trusted(self, at: datetime) -> bool:
        """Say whether whoever named this anchor still stands by it."""
        return self.until is None or at < self.until


@dataclass(frozen=True, slots=True)
class Anchors:
    """A closed set of anchors for one kind of certificate; different kinds never share a set (MDOC-66)."""

    anchors: tuple[Anchor, ...]

    def for_doc_type(self, doc_type: str) -> "Anchors":
        """Keep those that may certify `doc_type`."""
        return Anchors(tuple(anchor for anchor in self.anchors if anchor.certifies(doc_type)))

    def doc_types_of(self, anchor: Anchor) -> frozenset[str] | None:
        """Join the docTypes of every entry for the authority of `anchor` that holds as long; None is without limit."""
        same = [one for one in self.anchors if one.until == anchor.until and one.key_hash == anchor.key_hash]
        allowed = [one.doc_types for one in same]
        return None if None in allowed else frozenset().union(*(one for one in allowed if one is not None))

    def certificates(self) -> list[x509.Certificate]:
        """List the root certificates."""
        return [anchor.certificate for anchor in self.anchors]


def read_anchors(pem: bytes, doc_types: Iterable[str] | None = None) -> Anchors:
    """
    Read one or more PEM certificates as anchors, restricted to `doc_types` when given.

    Raises UnusableAnchor when nothing is there, something cannot be parsed, or one is no self-signed CA.
    """
    if len(pem) > _LIMIT:
        raise UnusableAnchor("the file is larger than a set of anchors can be")
    try:
        certificates = x509.load_pem_x509_certificates(pem)
    except UNREADABLE:
        raise UnusableAnchor("no PEM certificates") from None
    allowed = None if doc_types is None else frozenset(doc_types)
    return Anchors(tuple(Anchor(certificate, allowed) for certificate in certificates))


def vical_anchors(vical: Vical) -> Anchors:
    """
    Take the roots of a list that was believed (`mdoc.vical.read_vical`), each for its docTypes and until the list ends.

    A root that is listed several times may certify all the docTypes named with it. Raises UnusableAnchor with the
    number of the entry whose certificate cannot be parsed, is no self-signed CA or has another serial number.
    """
    doc_types: dict[bytes, frozenset[str]] = {}
    for number, info in enumerate(vical.certificates):
        try:
            serial = x509.load_der_x509_certificate(info.certificate).serial_number
        except UNREADABLE:
            raise UnusableAnchor(f"entry {number}: no certificate") from None
        if serial != info.serial_number:
            raise UnusableAnchor(f"entry {number}: the certificate has another serial number")
        doc_types[info.certificate] = doc_types.get(info.certificate, frozenset()) | frozenset(info.doc_types)
    return Anchors(
        tuple(
            Anchor(x509.load_der_x509_certificate(certificate), allowed, vical.holds_until)
            for certificate, allowed in doc_types.items()
        )
    )


def load_generations(folder: Path, name: str) -> Anchors:
    """Read a root and those that follow it, `name.pem` and `name-*.pem` of a folder; UnusableAnchor as above."""
    return load_anchors(folder / f"{name}.pem", *sorted(folder.glob(f"{name}-*.pem")))


def load_anchors(*paths: Path, doc_types: Iterable[str] | None = None) -> Anchors:
    """Read the anchors of several PEM files as one set; UnusableAnchor as in `read_anchors` or for a missing file."""
    allowed = None if doc_types is None else frozenset(doc_types)
    found: list[Anchor] = []
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError:
            raise UnusableAnchor(f"{path} cannot be read") from None
        found.extend(read_anchors(content, allowed).anchors)
    return Anchors(tuple(found))
