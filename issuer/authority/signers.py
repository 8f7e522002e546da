"""Signers: which key signs which docType, and status lists, today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import RevokedSigner, SignerCertificate
from pki.keys.signer import ES256, Signer


class NoSigner(Exception):
    """No document signer is in force for a docType at an instant: nothing can be issued."""


@dataclass(frozen=True)
class DocumentSigner:
    """
    One signer (発行者署名符号): its docType, its certificates without the root, and the key as a function.

    The signer of status lists is the one of no docType.

    `name` is the certificate's serial number in hex: intents name the signer by it. `root`: key identifier (hex) of the
    IACA root that certified it; the status list of a record is signed under the record's own root.
    """

    doc_type: str | None
    name: str
    chain: tuple[bytes, ...]
    not_before: datetime
    not_after: datetime
    root: str
    sign: Callable[[bytes], bytes] = field(repr=False)


def document_signer(doc_type: str | None, signer: Signer, chain: Sequence[bytes]) -> DocumentSigner:
    """Join a key with its certificate; ValueError when they do not belong together or the key is not ES256 (D9)."""
    certificate = x509.load_der_x509_certificate(chain[0])
    if signer.algorithm != ES256 or _spki(signer.public_key) != _spki(certificate.public_key()):
        raise ValueError("the signer's key and certificate do not belong together")
    return DocumentSigner(
        doc_type,
        f"{certificate.serial_number:x}",
        tuple(chain),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _root(certificate),
        signer.sign,
    )


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
    revoked = set(await session.scalars(select(RevokedSigner.serial)))
    rows = await session.scalars(select(SignerCertificate).where(SignerCertificate.delivered_at.is_not(None)))
    delivered = [document_signer(row.doc_type, open_key(row.key_name), [row.certificate or b""]) for row in rows]
    return [one for one in (*first, *delivered) if one.name not in revoked]
