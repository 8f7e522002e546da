"""Revocation lists in the store: numbered upwards for ever, made when something changed or grew old, then served."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca.crl import LONGEST, ListRequest, Revoked, sign_list
from pki.ca.issue import Authority
from pki.ca.models import IssuedCertificate, PublishedList, RevokedCertificate
from pki.profiles import annex_b
from registry.postgres.engine import Sessions
from registry.postgres.one_at_a_time import one_at_a_time


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a list is good for, after how long it is made anew, and whether its entries say why."""

    lasts: timedelta
    renewed: timedelta
    with_reasons: bool = False


# Annex B.3: a new list every 90 days at the latest. It is renewed at half of that, and at once after a revocation,
# which the standard allows 48 hours.
ANNEX_B = Terms(LONGEST, LONGEST / 2)
FILES = {"iaca": "iaca", "reader_ca": "readers", "systems_ca": "systems"}
"""Authority -> name of its list, in its address and in the folder `trust`; `list_file` knows the later roots too."""
_FIRST_ROOT, _LATER_ROOT = "iaca", "iaca-"
# What says nothing about whether a root is still needed: itself, its links, and who answers for it.
_OWN = (annex_b.IACA_ROOT.name, annex_b.IACA_LINK.name, annex_b.OCSP_SIGNER_UNCHECKED.name)


def list_file(authority: str) -> str | None:
    """Return the name of an authority's list; a root of the IACA that follows has the same name for both."""
    return authority if authority.startswith(_LATER_ROOT) else FILES.get(authority)


def _is_iaca(authority: str) -> bool:
    return authority == _FIRST_ROOT or authority.startswith(_LATER_ROOT)


def listed_in(trust: Path) -> list[str]:
    """Return the authorities with a list of their own whose roots are in a folder."""
    return [*FILES, *sorted(path.stem for path in trust.glob(f"{_LATER_ROOT}*.pem"))]


async def newest(session: AsyncSession, authority: str) -> PublishedList | None:
    """Return the list of one authority that is served now."""
    found: PublishedList | None = await session.scalar(
        select(PublishedList).where(PublishedList.authority == authority).order_by(PublishedList.number.desc()).limit(1)
    )
    return found


async def publish(
    session: AsyncSession,
    name: str,
    authority: Authority,
    read: Callable[[], Awaitable[Sequence[Revoked]]],
    terms: Terms,
    *,
    at: datetime,
) -> int:
    """
    Make a new list of one authority if its entries changed or its list is old; return how many were made.

    Numbers count upwards and never repeat (RFC 5280 5.2.3): a list leaves only after the row with its number is
    committed, and two processes take turns. The entries are read when the turn has come: those read before would lack
    what another revoked meanwhile, and its list would be followed by one that takes the revocation back.
    """
    await one_at_a_time(session, hashlib.sha256(name.encode()).digest())
    last, entries = await newest(session, name), await read()
    content = _content(entries)
    if last is not None and last.content == content and at < last.this_update + terms.renewed:
        return 0
    number = 1 if last is None else last.number + 1
    request = ListRequest(tuple(entries), number, at, at + terms.lasts)
    signed = sign_list(request, authority, with_reasons=terms.with_reasons)
    session.add(_row(name, request, content, signed))
    await session.flush()
    return 1


async def adopt(session: AsyncSession, name: str, der: bytes) -> int:
    """Take a list that a ceremony signed as the first one in the store; numbers then go on from it."""
    await one_at_a_time(session, hashlib.sha256(name.encode()).digest())
    if await newest(session, name) is not None:
        return 0
    crl = x509.load_der_x509_crl(der)
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    entries = tuple(Revoked(each.serial_number, each.revocation_date_utc) for each in crl)
    until = crl.next_update_utc or crl.last_update_utc
    request = ListRequest(entries, number, crl.last_update_utc, until)
    session.add(_row(name, request, _content(sorted(entries, key=lambda each: each.serial)), der))
    await session.flush()
    return 1


async def revoked(session: AsyncSession, authority: str, at: datetime) -> list[Revoked]:
    """RFC 5280 3.3: an entry stays until one list after the end of its certificate's period."""
    rows = await session.execute(
        select(RevokedCertificate.serial, RevokedCertificate.since)
        .join(
            IssuedCertificate,
            (IssuedCertificate.authority == RevokedCertificate.authority)
            & (IssuedCertificate.serial == RevokedCertificate.serial),
        )
        .where(RevokedCertificate.authority == authority, IssuedCertificate.not_after >= at - ANNEX_B.renewed)
    )
    return sorted((Revoked(int(serial, 16), since) for serial, since in rows), key=lambda each: each.serial)


async def publish_authorities(sessions: Sessions, authorities: Mapping[str, Authority], *, at: datetime) -> int:
    """
    Publish the due lists of the IACA's roots, the reader CA and the systems CA; return how many were made.

    A root that has ended, or that a later one follows and under which nothing is in force any more, lists no longer.
    """
    made = 0
    for name, authority in authorities.items():
        if list_file(name) is None:
            continue
        async with sessions.begin() as session:
            if await is_over(session, name, authorities, at):
                continue
            made += await publish(session, name, authority, partial(revoked, session, name, at), ANNEX_B, at=at)
    return made


async def is_over(session: AsyncSession, name: str, authorities: Mapping[str, Authority], at: datetime) -> bool:
    """Tell whether an authority has ended, or is a root of the IACA that is followed and has nothing in force."""
    root = authorities[name].certificate
    if root.not_valid_after_utc < at:
        return True
    begins = [authorities[other].certificate.not_valid_before_utc for other in authorities if _is_iaca(other)]
    if not _is_iaca(name) or not any(root.not_valid_before_utc < begin <= at for begin in begins):
        return False
    needed = select(IssuedCertificate.serial).where(
        IssuedCertificate.authority == name,
        IssuedCertificate.not_after >= at - ANNEX_B.renewed,
        IssuedCertificate.profile.not_in(_OWN),
    )
    return await session.scalar(needed.limit(1)) is None


def _row(name: str, request: ListRequest, content: bytes, signed: bytes) -> PublishedList:
    return PublishedList(
        authority=name,
        number=request.number,
        this_update=request.this_update,
        next_update=request.next_update,
        content=content,
        der=signed,
    )


def _content(entries: Sequence[Revoked]) -> bytes:
    lines = (f"{entry.serial:x} {entry.since.isoformat()} {entry.reason}" for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).digest()
