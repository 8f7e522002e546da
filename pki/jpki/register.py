"""The register of user certificates: find one, change its state, and leave a line of history."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.errors import Code, PkiError
from pki.jpki.models import SIGNATURE, CertificateHistory, CertificateOrder, UserCertificate
from pki.jpki.requests import refuse_number
from pki.jpki.states import REVOKED, may_become
from registry.act import Act


async def find(session: AsyncSession, serial: str, kind: str = SIGNATURE) -> UserCertificate:
    """
    Find a certificate of one kind by its serial number, locked for this transaction.

    Raises PkiError(number_not_allowed) for a number in the place of a serial, certificate_unknown.
    """
    refuse_number(serial)
    row = await session.get(UserCertificate, serial, with_for_update=True)
    if row is None or row.kind != kind:
        raise PkiError(Code.CERTIFICATE_UNKNOWN)
    return row


async def of_card(session: AsyncSession, certificate: UserCertificate) -> Sequence[UserCertificate]:
    """Return both certificates of the order that made this one, in a fixed order, locked."""
    rows = await session.scalars(
        select(UserCertificate)
        .where(UserCertificate.order_id == certificate.order_id)
        .order_by(UserCertificate.serial)
        .with_for_update()
    )
    return rows.all()


async def in_effect(session: AsyncSession, person: bytes) -> Sequence[UserCertificate]:
    """Return the certificates of a person that are not revoked, locked."""
    rows = await session.scalars(
        select(UserCertificate)
        .join(CertificateOrder, CertificateOrder.id == UserCertificate.order_id)
        .where(CertificateOrder.person_index == person, UserCertificate.state != REVOKED)
        .order_by(UserCertificate.serial)
        .with_for_update(of=UserCertificate)
    )
    return rows.all()


async def person_of(session: AsyncSession, certificate: UserCertificate) -> bytes:
    """Return the keyed digest of the person a certificate belongs to."""
    return (await session.get_one(CertificateOrder, certificate.order_id)).person_index


def change(
    session: AsyncSession, act: Act, certificate: UserCertificate, state: str, reason: str | None, *, since: datetime
) -> None:
    """
    Change the state of a certificate and add the line of history.

    Raises PkiError(certificate_revoked) when it is revoked: nothing leaves that state.
    """
    if not may_become(certificate.state, state):
        raise PkiError(Code.CERTIFICATE_REVOKED)
    certificate.state, certificate.reason, certificate.since = state, reason, since
    note(session, act, certificate)


def note(session: AsyncSession, act: Act, certificate: UserCertificate) -> None:
    """Add the line of history that says what a certificate is now."""
    session.add(
        CertificateHistory(
            id=act.new_id(),
            serial=certificate.serial,
            at=act.at,
            state=certificate.state,
            reason=certificate.reason,
            caller=act.caller,
            operator=act.operator,
            request_id=act.request_id,
        )
    )
