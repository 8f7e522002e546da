"""
Rotation: the next signer is requested, announced, and takes over on its day, long before the one before it ends.

Nothing is switched by hand: the dates of the certificates decide. The new signer begins while the old one is in force
for longer than any record lives, so no record is cut short by the end of its signer.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.authority.models import SignerCertificate
from issuer.authority.signers import DocumentSigner, document_signer
from mdoc.errors import Untrusted
from pki.keys.signer import Signer
from registry.act import Chance, job, new_id
from registry.messages.signers import CertifiedSigner, CertifySigner
from registry.peer.call import Call, Refused, Unanswered
from registry.postgres.engine import Sessions

log = logging.getLogger(__name__)
Believes = Callable[[str | None, Sequence[bytes], datetime], None]
"""Takes docType, chain and instant; raises Untrusted where our own verifiers would not believe the certificate."""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    When things happen, counted from the end of the last signer.

    `overlap`: so long before it the next one begins (records live a month and are renewed days before); `announced`: so
    long before its beginning it is requested, for readers and lists to hear of it; `alarm`: nobody has come by then.
    """

    overlap: timedelta = timedelta(days=45)
    announced: timedelta = timedelta(days=60)
    alarm: timedelta = timedelta(days=75)
    retry: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Root:
    """A root of the IACA as signers name it (`DocumentSigner.root`), and the instant from which it certifies."""

    name: str
    begins: datetime


@dataclass(frozen=True)
class Rotation:
    """What rotation works with: `key` makes or opens a key by name, `known` gives the signers that may be used."""

    sessions: Sessions = field(repr=False)
    call: Call = field(repr=False)
    random: Chance = field(repr=False)
    key: Callable[[str], Signer] = field(repr=False)
    known: Callable[[], Awaitable[list[DocumentSigner]]] = field(repr=False)
    believes: Believes = field(repr=False)
    doc_types: tuple[str | None, ...]
    terms: Terms = Terms()
    roots: tuple[Root, ...] = ()


async def rotate_due(rotation: Rotation, *, at: datetime) -> int:
    """Request the signers that are due, of each docType and of status lists; return how many were delivered."""
    known = await rotation.known()
    done = 0
    for doc_type in rotation.doc_types:
        begin = next_begin(known, doc_type, rotation.terms, at, rotation.roots)
        if begin is not None:
            await _intend(rotation, doc_type, begin, at)
        done += await _deliver(rotation, doc_type, at)
    return done


def next_begin(
    known: Sequence[DocumentSigner], doc_type: str | None, terms: Terms, at: datetime, roots: Sequence[Root] = ()
) -> datetime | None:
    """
    Return when the next signer is to begin if it is time to ask for it: at once where none is left.

    A root that follows has a signer from its day on; the IACA certifies by the root of a signer's first day.
    """
    ours, now = [one for one in known if one.doc_type == doc_type], at.replace(microsecond=0)
    if not ours:
        return now
    begin = max(one.not_after for one in ours) - terms.overlap
    due = [max(begin, now)] if begin - terms.announced <= at else []
    heard = [root for root in roots if root.begins - terms.announced <= at]
    newest = max(heard, key=lambda root: root.begins, default=None)
    if newest is not None and newest.name not in {one.root for one in ours}:
        due.append(max(newest.begins, now))
    return min(due, default=None)


def ends_soon(
    known: Sequence[DocumentSigner], doc_types: Sequence[str | None], terms: Terms, at: datetime
) -> dict[str | None, int]:
    """Return docType -> whole days left, for each whose last signer ends within the alarm and has no successor."""
    ends = {doc_type: [one.not_after for one in known if one.doc_type == doc_type] for doc_type in doc_types}
    left = {doc_type: max(found, default=at) - at for doc_type, found in ends.items()}
    return {doc_type: max(rest.days, 0) for doc_type, rest in left.items() if rest <= terms.alarm}


def signer_state(one: DocumentSigner, known: Sequence[DocumentSigner], at: datetime) -> str:
    """Tell what a signer is at an instant: announced, active, retired (still verified), ended."""
    if at < one.not_before:
        return "announced"
    if one.not_after <= at:
        return "ended"
    begun = [each for each in known if each.doc_type == one.doc_type and each.not_before <= at < each.not_after]
    return "active" if one is max(begun, key=lambda each: each.not_before) else "retired"


async def _intend(rotation: Rotation, doc_type: str | None, begin: datetime, at: datetime) -> None:
    """Keep the request before it is sent; when one is already waiting, this changes nothing."""
    async with rotation.sessions() as session:
        if await _waiting(session, doc_type) is not None:
            return
    row_id = new_id(rotation.random)
    name = f"{_kind(doc_type)}-{row_id.hex[:12]}"
    values = {
        "id": row_id,
        "kind": _kind(doc_type),
        "doc_type": doc_type,
        "key_name": name,
        "request": signed_request(rotation.key(name)),
        "not_before": begin,
        "requested_at": at,
        "next_attempt_at": at,
    }
    async with rotation.sessions.begin() as session:
        await session.execute(insert(SignerCertificate).values(**values).on_conflict_do_nothing())


def signed_request(signer: Signer) -> bytes:
    """Ask for a certificate of a key (PKCS#10, DER), signed with it; the IACA chooses every name."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(signer.certificate_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _kind(doc_type: str | None) -> str:
    return "status_signer" if doc_type is None else "document_signer"


async def _waiting(session: AsyncSession, doc_type: str | None) -> SignerCertificate | None:
    statement = select(SignerCertificate).where(
        SignerCertificate.kind == _kind(doc_type),
        SignerCertificate.doc_type.is_not_distinct_from(doc_type),
        SignerCertificate.delivered_at.is_(None),
    )
    found: SignerCertificate | None = await session.scalar(statement)
    return found


async def _deliver(rotation: Rotation, doc_type: str | None, at: datetime) -> int:
    """Send what waits; the same request again is answered with the same certificate."""
    async with rotation.sessions() as session:
        row = await _waiting(session, doc_type)
    if row is None or row.next_attempt_at > at:
        return 0
    try:
        certificate = await _ask(rotation, row, at)
    except (Refused, Unanswered, Untrusted, ValueError) as exc:
        code = getattr(exc, "code", type(exc).__name__)
        log.warning("signer not delivered", extra={"kind": row.kind, "code": code})
        return await _later(rotation, row, at)
    async with rotation.sessions.begin() as session:
        kept = await session.get_one(SignerCertificate, row.id, with_for_update=True)
        kept.certificate, kept.delivered_at = certificate, at
    log.info("signer announced", extra={"kind": row.kind, "at": row.not_before.isoformat()})
    return 1


async def _ask(rotation: Rotation, row: SignerCertificate, at: datetime) -> bytes:
    act = job("issuer", "issuer.rotate", at=at, random=rotation.random)
    message = CertifySigner(
        kind=row.kind,  # type: ignore[arg-type]  # one of the two
        doc_type=row.doc_type,
        request=row.request,
        not_before=row.not_before,
    )
    answer = await rotation.call("pki.certify_signer", message, CertifiedSigner, act=act, idempotency_key=str(row.id))
    signer = document_signer(row.doc_type, rotation.key(row.key_name), [answer.certificate])
    rotation.believes(row.doc_type, signer.chain, max(signer.not_before, at))
    return answer.certificate


async def _later(rotation: Rotation, row: SignerCertificate, at: datetime) -> int:
    async with rotation.sessions.begin() as session:
        kept = await session.get_one(SignerCertificate, row.id)
        kept.next_attempt_at = at + rotation.terms.retry
    return 0
