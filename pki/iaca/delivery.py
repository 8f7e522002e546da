"""E-49: certificates of the issuer's signers, requested by the issuer and delivered by the IACA."""

import hashlib
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mdoc import algorithms
from mdoc.issuing_profile import CATALOGUE
from pki.ca.draft import OutsideProfile
from pki.ca.issue import Authority, Period, Request, complete, der, prepare
from pki.ca.models import IssuedCertificate, RevokedCertificate
from pki.ca.register import intend, issued, key_digest
from pki.errors import Code, PkiError
from pki.iaca.root import place_of
from pki.iaca.tools import IacaTools
from pki.keys.faults import KeyUnusable
from pki.keys.signer import COSE, ES256, PublicKey, algorithm_of
from pki.profiles.annex_b import DOCUMENT_SIGNER, DOCUMENT_SIGNER_OF_BOTH, STATUS_SIGNER
from pki.profiles.profile import Profile
from registry.act import Act
from registry.messages.signers import CertifiedSigner, CertifySigner
from registry.postgres.one_at_a_time import one_at_a_time

SIGNER_PROFILES = (DOCUMENT_SIGNER.name, DOCUMENT_SIGNER_OF_BOTH.name, STATUS_SIGNER.name)
# A request is kept until it is answered, however long that takes; and nobody announces a signer for next year.
_LATE, _EARLY = timedelta(days=30), timedelta(days=180)


async def certify_signer(session: AsyncSession, act: Act, message: CertifySigner, tools: IacaTools) -> CertifiedSigner:
    """
    Certify the next signer of a docType, or of status lists.

    The request is signed with the key, which was never certified; there is one signer in use and at most one that is
    announced. Raises PkiError: signer_refused, signer_announced, certificate_key_in_use; nothing is signed then.
    """
    key = proven_key(message.request, _algorithms(message))
    if (message.doc_type is None) != (message.kind == "status_signer"):
        raise PkiError(Code.SIGNER_REFUSED, "A document signer has one docType, a status signer none.")
    await one_at_a_time(session, hashlib.sha256(f"{message.kind} {message.doc_type}".encode()).digest())
    await _check_key(session, key)
    await _check_turn(session, message, act.at)
    return await _certify(session, act, message, _request(message, key, tools), tools)


def _algorithms(message: CertifySigner) -> frozenset[str]:
    """What the catalogue's entry of a docType is signed with; ES256 for lists, and where there is no entry."""
    entry = CATALOGUE.get(message.doc_type or "")
    numbers = {algorithms.ES256} if entry is None else entry.algorithms
    return frozenset(name for name, number in COSE.items() if number in numbers)


def proven_key(request: bytes, allowed: frozenset[str] = frozenset({ES256})) -> PublicKey:
    """Return the key of a PKCS#10 request that proves its possession; raises PkiError(signer_refused)."""
    try:
        parsed = x509.load_der_x509_csr(request)
        key = parsed.public_key()
        proven = parsed.is_signature_valid and algorithm_of(key) in allowed
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, KeyUnusable):
        raise PkiError(Code.SIGNER_REFUSED, "A request signed with a key of the docType is expected.") from None
    if not proven:
        raise PkiError(Code.SIGNER_REFUSED, "A request signed with a key of the docType is expected.")
    return key  # type: ignore[return-value]  # algorithm_of lets nothing else through


async def _check_key(session: AsyncSession, key: PublicKey) -> None:
    used = select(IssuedCertificate.serial).where(IssuedCertificate.key_digest == key_digest(key)).limit(1)
    if await session.scalar(used):
        raise PkiError(Code.CERTIFICATE_KEY_IN_USE)


async def _check_turn(session: AsyncSession, message: CertifySigner, at: datetime) -> None:
    if not at - _LATE <= message.not_before <= at + _EARLY:
        raise PkiError(Code.SIGNER_REFUSED, "A signer begins now or within half a year.")
    ended = select(RevokedCertificate.serial).where(
        RevokedCertificate.authority == IssuedCertificate.authority,
        RevokedCertificate.serial == IssuedCertificate.serial,
    )
    announced = select(IssuedCertificate.serial).where(
        IssuedCertificate.profile.in_(_profiles(message)),
        IssuedCertificate.doc_type == message.doc_type if message.doc_type else IssuedCertificate.doc_type.is_(None),
        IssuedCertificate.not_before >= min(message.not_before, at),
        ~ended.exists(),
    )
    if await session.scalar(announced.limit(1)):
        raise PkiError(Code.SIGNER_ANNOUNCED)


def _profiles(message: CertifySigner) -> tuple[str, ...]:
    return SIGNER_PROFILES[:2] if message.kind == "document_signer" else SIGNER_PROFILES[2:]


def _profile(message: CertifySigner, tools: IacaTools) -> Profile:
    if message.kind == "status_signer":
        return STATUS_SIGNER
    return DOCUMENT_SIGNER_OF_BOTH if tools.plan.options.both_usages else DOCUMENT_SIGNER


def _request(message: CertifySigner, key: PublicKey, tools: IacaTools) -> Request:
    """The longest period of the plan, cut at the end of the root that certifies what begins on that day."""
    days = getattr(tools.plan.days, message.kind)
    begin = message.not_before.replace(microsecond=0)
    name = tools.plan.iaca.root_at(begin)
    root = _opened(name, tools).certificate
    end = min(begin + timedelta(days=days, seconds=-1), root.not_valid_after_utc)
    place, common_name = place_of(tools.plan, name), getattr(tools.plan.iaca, message.kind)
    return place.request(_profile(message, tools), common_name, key, Period(begin, end))


def _opened(name: str, tools: IacaTools) -> Authority:
    """The plan may know a root since a roll-over, and this process only since its next start."""
    if name not in tools.authorities:
        raise PkiError(Code.SIGNER_REFUSED, "The root of that day is not open in this process.")
    return tools.authorities[name]


async def _certify(
    session: AsyncSession, act: Act, message: CertifySigner, request: Request, tools: IacaTools
) -> CertifiedSigner:
    name = tools.plan.iaca.root_at(request.period.begin)
    authority = _opened(name, tools)
    try:
        prepared = prepare(request, issuer=authority.certificate, signer=authority.signer, random=act.random)
    except OutsideProfile as exc:
        raise PkiError(Code.SIGNER_REFUSED, "The certificate would break its profile.", rule=str(exc.rule)) from exc
    await intend(tools.intents, name, prepared, at=act.at)
    certificate = complete(prepared, authority.signer)
    session.add(issued(name, prepared.profile.name, certificate, message.doc_type))
    await session.flush()
    return CertifiedSigner(certificate=der(certificate))
