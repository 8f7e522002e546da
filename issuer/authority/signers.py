"""Document signers: which key signs which docType today. Only issuance reaches this module."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pki.keys.signer import ES256, Signer


class NoSigner(Exception):
    """No document signer is in force for a docType at an instant: nothing can be issued."""


@dataclass(frozen=True)
class DocumentSigner:
    """
    One document signer (発行者署名符号): its docType, its certificates without the root, and the key as a function.

    `name` is the certificate's serial number in hex: intents name the signer by it.
    """

    doc_type: str
    name: str
    chain: tuple[bytes, ...]
    not_before: datetime
    not_after: datetime
    sign: Callable[[bytes], bytes] = field(repr=False)


def document_signer(doc_type: str, signer: Signer, chain: Sequence[bytes]) -> DocumentSigner:
    """Join a key with its certificate; ValueError when they do not belong together or the key is not ES256 (D9)."""
    certificate = x509.load_der_x509_certificate(chain[0])
    if signer.algorithm != ES256 or _spki(signer.public_key) != _spki(certificate.public_key()):
        raise ValueError("the document signer's key and certificate do not belong together")
    return DocumentSigner(
        doc_type,
        f"{certificate.serial_number:x}",
        tuple(chain),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        signer.sign,
    )


def _spki(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def active_signer(signers: Sequence[DocumentSigner], doc_type: str, at: datetime) -> DocumentSigner:
    """Return the signer of a docType: the one whose validity began last, so that the next takes over on its day."""
    in_force = [one for one in signers if one.doc_type == doc_type and one.not_before <= at < one.not_after]
    if not in_force:
        raise NoSigner(doc_type)
    return max(in_force, key=lambda one: one.not_before)


def signer_named(signers: Sequence[DocumentSigner], name: str) -> DocumentSigner:
    """Return the signer an intent names; raises NoSigner when this process does not hold it."""
    for one in signers:
        if one.name == name:
            return one
    raise NoSigner(name)
