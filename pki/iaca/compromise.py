"""A certificate that must not be believed any more: revoked, listed at once, and its user told."""

from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.lists import ANNEX_B, list_file, newest, publish, revoked
from pki.ca.models import IssuedCertificate, RevokedCertificate
from pki.errors import Code, PkiError
from pki.iaca.delivery import SIGNER_PROFILES
from pki.iaca.tools import IacaTools
from pki.profiles.all import PROFILES
from registry.act import Act
from registry.messages.signers import CertificateRevoked, RevokeCertificate, SignerRevoked
from registry.outbox.put import put


async def revoke_certificate(
    session: AsyncSession, act: Act, message: RevokeCertificate, tools: IacaTools
) -> CertificateRevoked:
    """
    Revoke a certificate of a signer, a reader or a system, and publish the list that says so in the same transaction.

    The issuer is told of a signer through the outbox and stops using it. A second time changes nothing. Raises
    PkiError(certificate_unknown), also for an authority itself, which no list of its own can revoke.
    """
    row = await session.scalar(select(IssuedCertificate).where(IssuedCertificate.serial == message.serial))
    if row is None or PROFILES[row.profile].authority:
        raise PkiError(Code.CERTIFICATE_UNKNOWN, "No such signer, reader or system was certified.")
    done = await session.get(RevokedCertificate, (row.authority, row.serial))
    since = act.at.replace(microsecond=0) if done is None else done.since
    if done is None:
        await _revoke(session, act, row, message, since, tools)
    last = await newest(session, row.authority)
    return CertificateRevoked(
        request_id=message.request_id,
        authority=row.authority,
        profile=row.profile,
        since=since,
        list_number=None if last is None else last.number,
    )


async def _revoke(
    session: AsyncSession,
    act: Act,
    row: IssuedCertificate,
    message: RevokeCertificate,
    since: datetime,
    tools: IacaTools,
) -> None:
    session.add(RevokedCertificate(authority=row.authority, serial=row.serial, since=since, cause=message.cause))
    await session.flush()
    if list_file(row.authority) is not None:
        entries = partial(revoked, session, row.authority, act.at)
        await publish(session, row.authority, tools.authorities[row.authority], entries, ANNEX_B, at=act.at)
    if row.profile in SIGNER_PROFILES:
        event = SignerRevoked(event_id=act.new_id(), serial=row.serial, cause=message.cause, since=since)
        await put(session, act, "issuer.signer_revoked", event, sealer=tools.sealer, key=event.event_id)
