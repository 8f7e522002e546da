"""The register of certificates in the store: intended first, signed second, and what a ceremony wrote on disk."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.files import Line
from pki.ca.issue import Prepared, der
from pki.ca.models import CertificateIntent, IssuedCertificate, RevokedCertificate
from pki.ca.ocsp import Status
from pki.keys.signer import PublicKey
from pki.profiles import annex_b, jpki
from pki.trust.revocation import State
from registry.postgres.engine import Sessions

_Row = CertificateIntent | IssuedCertificate | RevokedCertificate
_SIGNED = ("profile", "doc_type", "key_digest", "not_before", "not_after", "der")
_DELEGATES = (annex_b.OCSP_SIGNER_UNCHECKED.name, jpki.OCSP_SIGNER.name)
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


async def status_of(session: AsyncSession, authority: str, serial: int) -> Status | None:
    """Return what the register knows of a certificate; None for a serial number that was never signed under."""
    named = (IssuedCertificate.authority == authority, IssuedCertificate.serial == f"{serial:x}")
    ended = (RevokedCertificate.authority == authority, RevokedCertificate.serial == f"{serial:x}")
    if await session.scalar(select(IssuedCertificate.serial).where(*named)) is None:
        return None
    since = await session.scalar(select(RevokedCertificate.since).where(*ended))
    return Status(State.GOOD) if since is None else Status(State.REVOKED, since)


async def delegate_certificate(
    session: AsyncSession, authority: str, key: bytes, at: datetime, *, until: datetime | None = None
) -> bytes | None:
    """
    Return the certificate (DER) of the signer of an authority's status answers, for its key (digest).

    It is valid at `at`, and still at `until` where that is given; None where there is none.
    """
    statement = (
        select(IssuedCertificate.der)
        .outerjoin(RevokedCertificate, _same_certificate())
        .where(
            IssuedCertificate.authority == authority,
            IssuedCertificate.key_digest == key,
            IssuedCertificate.profile.in_(_DELEGATES),
            IssuedCertificate.not_before <= at,
            IssuedCertificate.not_after >= (until or at),
            RevokedCertificate.serial.is_(None),
        )
        .order_by(IssuedCertificate.not_after.desc())
        .limit(1)
    )
    found: bytes | None = await session.scalar(statement)
    return found


def _same_certificate() -> ColumnElement[bool]:
    return and_(
        RevokedCertificate.authority == IssuedCertificate.authority,
        RevokedCertificate.serial == IssuedCertificate.serial,
    )


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
