"""The register of certificates in the store: intended first, signed second, and what a ceremony wrote on disk."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.files import Line
from pki.ca.issue import Prepared, der
from pki.ca.models import CertificateIntent, IssuedCertificate, RevokedCertificate
from pki.keys.signer import PublicKey
from registry.postgres.engine import Sessions

_Row = CertificateIntent | IssuedCertificate | RevokedCertificate
_SIGNED = ("profile", "doc_type", "key_digest", "not_before", "not_after", "der")
END_OF_CONTRACT = "end_of_contract"
"""Why a certificate stands in a ceremony's plan as revoked."""


async def intend(sessions: Sessions, authority: str, prepared: Prepared, *, at: datetime) -> None:
    """
    Commit a serial number in a transaction of its own, so that it stays whatever becomes of the act it belongs to.

    Raises IntegrityError when the authority has used the number before; nothing may be signed then.
    """
    intent = CertificateIntent(authority=authority, serial=f"{prepared.serial:x}", profile=prepared.profile.name, at=at)
    async with sessions.begin() as session:
        session.add(intent)


def issued(
    authority: str, profile: str, certificate: x509.Certificate, doc_type: str | None = None
) -> IssuedCertificate:
    """Return the row of a signed certificate; its intent must be there."""
    return IssuedCertificate(
        authority=authority,
        serial=f"{certificate.serial_number:x}",
        profile=profile,
        doc_type=doc_type,
        key_digest=key_digest(certificate.public_key()),  # type: ignore[arg-type]  # the lint lets no other kind pass
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        der=der(certificate),
    )


def key_digest(key: PublicKey) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


async def take_over(session: AsyncSession, authority: str, lines: Iterable[Line]) -> int:
    """Bring the lines of a ceremony's register into the store; what is there already stays. Return how many came."""
    return sum([await _take(session, authority, line) for line in lines])


async def _take(session: AsyncSession, authority: str, line: Line) -> int:
    model, values = _row(authority, line)
    statement = (
        insert(model)
        .values(authority=authority, serial=line.serial, **values)
        .on_conflict_do_nothing()
        .returning(model.serial)
    )
    return len(list(await session.scalars(statement)))


def _row(authority: str, line: Line) -> tuple[type[_Row], dict[str, object]]:
    if line.kind == "intended":
        return CertificateIntent, {"profile": line.profile, "at": line.at}
    if line.kind == "revoked":
        return RevokedCertificate, {"since": line.at, "cause": END_OF_CONTRACT}
    row = issued(authority, line.profile, x509.load_der_x509_certificate(line.der), line.doc_type)
    return IssuedCertificate, {name: getattr(row, name) for name in _SIGNED}
