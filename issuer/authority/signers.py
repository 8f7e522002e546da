"""Signers: which key signs which docType, and status lists, today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import CompoundSelect, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import RevokedSigner, SignerCertificate
from mdoc.issuing_profile import CATALOGUE
from mdoc.mso import SHA_256
from mdoc.suite import PROVABLE, Suite
from pki.keys.signer import COSE, Signer


class NoSigner(Exception):
    """No document signer is in force for a docType at an instant: nothing can be issued."""


@dataclass(frozen=True)
class DocumentSigner:
    """
    One signer (発行者署名符号): its docType, its certificates without the root, and the key as a function.

    The signer of status lists is the one of no docType.

    `name` is the certificate's serial number in hex: intents name the signer by it. `root`: key identifier (hex) of the
    IACA root that certified it; the status list of a record is signed under the record's own root. `suite`: what it
    signs and hashes with.
    """

    doc_type: str | None
    name: str
    chain: tuple[bytes, ...]
    not_before: datetime
    not_after: datetime
    root: str
    suite: Suite
    sign: Callable[[bytes], bytes] = field(repr=False)


def document_signer(
    doc_type: str | None, signer: Signer, chain: Sequence[bytes], *, digest: str = SHA_256
) -> DocumentSigner:
    """
    Join a key with its certificate, and with the digest for the elements.

    ValueError when they do not belong together, or the catalogue's entry of the docType does not know such a signature
    or digest: the domestic one takes ES256 and SHA-256 alone (D9), and so do status lists.
    """
    certificate, suite = x509.load_der_x509_certificate(chain[0]), Suite(COSE.get(signer.algorithm, 0), digest)
    if not _allowed(doc_type, suite):
        raise ValueError("the docType is not signed or hashed in this way")
    if _spki(signer.public_key) != _spki(certificate.public_key()):
        raise ValueError("the signer's key and certificate do not belong together")
    return DocumentSigner(
        doc_type,
        f"{certificate.serial_number:x}",
        tuple(chain),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _root(certificate),
        suite,
        signer.sign,
    )


def _allowed(doc_type: str | None, suite: Suite) -> bool:
    entry = CATALOGUE.get(doc_type or "")
    if entry is None:
        return suite == PROVABLE
    return suite.algorithm in entry.algorithms and suite.digest in entry.digests


def _root(certificate: x509.Certificate) -> str:
    try:
        issuer = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        raise ValueError("the certificate does not name its issuer's key") from None
    return (issuer.key_identifier or b"").hex()


def root_name(root: x509.Certificate) -> str:
    """Return what `DocumentSigner.root` calls a root."""
    return root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()


def _spki(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def active_signer(
    signers: Sequence[DocumentSigner], doc_type: str | None, at: datetime, *, root: str | None = None
) -> DocumentSigner:
    """
    Return the signer of a docType: the one whose validity began last, so that the next takes over on its day.

    `root`: among those under one root only. Raises NoSigner.
    """
    in_force = [
        one
        for one in signers
        if one.doc_type == doc_type and one.not_before <= at < one.not_after and root in (None, one.root)
    ]
    if not in_force:
        raise NoSigner(doc_type or "status lists")
    return max(in_force, key=lambda one: one.not_before)


def signer_named(signers: Sequence[DocumentSigner], name: str) -> DocumentSigner:
    """Return the signer an intent names; raises NoSigner when this process does not hold it."""
    for one in signers:
        if one.name == name:
            return one
    raise NoSigner(name)


async def signers_in_store(
    session: AsyncSession, first: Sequence[DocumentSigner], open_key: Callable[[str], Signer]
) -> list[DocumentSigner]:
    """
    Return every signer that may be used on some day: the ceremony's and those delivered since, without revoked ones.

    `open_key` opens a key by its name in the key store.
    """
    rows = (await session.execute(_DELIVERED_AND_REVOKED)).all()
    revoked = {row.revoked for row in rows}
    delivered = [
        document_signer(row.doc_type, open_key(row.key_name), [row.certificate or b""]) for row in rows if row.key_name
    ]
    return [one for one in (*first, *delivered) if one.name not in revoked]


# One question instead of two: each step of a worker asks it.
_DELIVERED_AND_REVOKED: Final[CompoundSelect[Any]] = union_all(
    select(
        SignerCertificate.doc_type,
        SignerCertificate.key_name,
        SignerCertificate.certificate,
        null().label("revoked"),
    ).where(SignerCertificate.delivered_at.is_not(None)),
    select(null(), null(), null(), RevokedSigner.serial),
)
