"""E-34c: the two user certificates of a card, issued on the card system's order."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.issue import Authority, Prepared, Request, complete, der, prepare
from pki.ca.register import intend, key_digest
from pki.errors import Code, PkiError
from pki.jpki.models import (
    AUTHENTICATION,
    AUTHORITY_OF,
    CERTIFICATE_COLUMN,
    RECORD_CODE_COLUMN,
    SIGNATURE,
    CertificateOrder,
    UserCertificate,
)
from pki.jpki.register import change, in_effect, note
from pki.jpki.requests import done_before
from pki.jpki.smp_events import tell_smp
from pki.jpki.states import GOOD, REVOKED
from pki.jpki.tools import JpkiTools
from pki.jpki.user_certificate import Holder, authentication_request, issue_string, signature_request
from pki.keys.faults import KeyUnusable
from pki.keys.signer import PublicKey, algorithm_of
from pki.profiles.jpki import AUTHENTICATION as AUTHENTICATION_PROFILE
from pki.profiles.jpki import SIGNATURE as SIGNATURE_PROFILE
from registry.act import Act
from registry.calendar import legal_day
from registry.messages.jpki import IssuedCertificates, OrderCertificates
from registry.postgres.one_at_a_time import one_at_a_time
from registry.trail.provide import provide

_KEYS = SIGNATURE_PROFILE.keys | AUTHENTICATION_PROFILE.keys
_FIELDS = ("signature_certificate", "authentication_certificate")


async def order_certificates(
    session: AsyncSession, act: Act, message: OrderCertificates, tools: JpkiTools
) -> IssuedCertificates:
    """
    Issue the signature and the user authentication certificate of a card; what the person had before is superseded.

    The same order again hears the same answer. Raises PkiError(request_id_reused, card_period_over,
    certificate_key_refused, certificate_key_in_use) and signs nothing then.
    """
    if await done_before(session, act, message.order_id, message, tools.sealer):
        return await _issued(session, message, tools)
    keys = await _keys(session, act, message)
    person = tools.sealer.index("person", message.resident_record_code)
    await one_at_a_time(session, person)
    await _supersede(session, act, person, tools)
    session.add(_order(act, message, person, tools))
    await session.flush()
    holder = Holder(message.items, message.card_valid_until)
    common_name = issue_string(message.items.address_municipality_code, act.random)
    for kind, authority, make in (
        (SIGNATURE, tools.signature, signature_request),
        (AUTHENTICATION, tools.authentication, authentication_request),
    ):
        request = make(holder, keys[kind], common_name, authority, act.at)
        await _certify(session, act, _Intent(message, kind, authority, request), tools)
    await provide(session, act, subject=person, reason="certificate_order", fields=_FIELDS, number=False)
    return await _issued(session, message, tools)


@dataclass(frozen=True)
class _Intent:
    """One certificate that is about to be made."""

    order: OrderCertificates
    kind: str
    authority: Authority
    request: Request


async def _keys(session: AsyncSession, act: Act, message: OrderCertificates) -> dict[str, PublicKey]:
    """Read both keys; they are RSA, differ, and were never certified before."""
    if message.card_valid_until < legal_day(act.at):
        raise PkiError(Code.CARD_PERIOD_OVER)
    given = {SIGNATURE: message.signature_public_key, AUTHENTICATION: message.authentication_public_key}
    keys = {kind: read_public_key(octets) for kind, octets in given.items()}
    digests = {key_digest(key) for key in keys.values()}
    if len(digests) != len(keys):
        raise PkiError(Code.CERTIFICATE_KEY_REFUSED, "The two keys of a card must differ.")
    used = select(UserCertificate.serial).where(UserCertificate.key_digest.in_(digests)).limit(1)
    if await session.scalar(used):
        raise PkiError(Code.CERTIFICATE_KEY_IN_USE)
    return keys


def read_public_key(octets: bytes) -> PublicKey:
    """Read a SubjectPublicKeyInfo (DER) of RSA with 2048 bits or more; raises PkiError(certificate_key_refused)."""
    try:
        key = serialization.load_der_public_key(octets)
        strong = algorithm_of(key) in _KEYS
    except (ValueError, TypeError, UnsupportedAlgorithm, KeyUnusable):
        raise PkiError(Code.CERTIFICATE_KEY_REFUSED, "An RSA key of 2048 bits or more is expected.") from None
    if not strong:
        raise PkiError(Code.CERTIFICATE_KEY_REFUSED, "An RSA key of 2048 bits or more is expected.")
    return key  # type: ignore[return-value]  # algorithm_of lets nothing else through


async def _supersede(session: AsyncSession, act: Act, person: bytes, tools: JpkiTools) -> None:
    """One set at a time: certificates of the person's former card end with the new order, and SMP hears of it."""
    for certificate in await in_effect(session, person):
        change(session, act, certificate, REVOKED, "superseded", since=act.at)
        if certificate.kind == SIGNATURE:
            await tell_smp(session, act, certificate.serial, "revoked", "superseded", sealer=tools.sealer)


def _order(act: Act, message: OrderCertificates, person: bytes, tools: JpkiTools) -> CertificateOrder:
    return CertificateOrder(
        id=message.order_id,
        at=act.at,
        card_issue_number=message.card_issue_number,
        person_index=person,
        resident_record_code=tools.sealer.seal_text(message.resident_record_code, RECORD_CODE_COLUMN),
    )


async def _certify(session: AsyncSession, act: Act, intent: _Intent, tools: JpkiTools) -> None:
    """
    Prepare, commit the serial number, sign.

    Should the transaction fail afterwards, the certificate is gone with it, since it leaves only with the answer after
    the commit; the serial number stays and shows the gap.
    """
    authority = intent.authority
    prepared = prepare(intent.request, issuer=authority.certificate, signer=authority.signer, random=act.random)
    await intend(tools.intents, AUTHORITY_OF[intent.kind], prepared, at=act.at)
    row = _row(act, intent, prepared)
    session.add(row)
    await session.flush()
    row.certificate = tools.sealer.seal(der(complete(prepared, authority.signer)), CERTIFICATE_COLUMN)
    note(session, act, row)
    await session.flush()


def _row(act: Act, intent: _Intent, prepared: Prepared) -> UserCertificate:
    return UserCertificate(
        serial=f"{prepared.serial:x}",
        kind=intent.kind,
        order_id=intent.order.order_id,
        key_digest=key_digest(intent.request.public_key),
        certificate=b"",
        not_before=intent.request.period.begin,
        not_after=intent.request.period.end,
        state=GOOD,
        reason=None,
        since=act.at,
    )


async def _issued(session: AsyncSession, message: OrderCertificates, tools: JpkiTools) -> IssuedCertificates:
    rows = await session.scalars(select(UserCertificate).where(UserCertificate.order_id == message.order_id))
    found = {row.kind: x509.load_der_x509_certificate(_open(row, tools)) for row in rows}
    signature, authentication = found[SIGNATURE], found[AUTHENTICATION]
    return IssuedCertificates(
        order_id=message.order_id,
        signature_certificate=der(signature),
        signature_serial=f"{signature.serial_number:x}",
        authentication_certificate=der(authentication),
        authentication_serial=f"{authentication.serial_number:x}",
    )


def _open(row: UserCertificate, tools: JpkiTools) -> bytes:
    return tools.sealer.open(row.certificate, CERTIFICATE_COLUMN)
