"""
Every certificate that was ever issued, held against its profile once more.

Reads only: under the read-only role of the store, or from the registers that a ceremony left on disk.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from pki.ca import lint
from pki.ca.draft import OutsideProfile
from pki.ca.files import read_lines
from pki.ca.issue import der
from pki.ca.models import CertificateIntent, IssuedCertificate
from pki.jpki.models import AUTHORITY_OF, CERTIFICATE_COLUMN, SIGNATURE, UserCertificate
from pki.profiles import jpki
from pki.profiles.all import PROFILES
from registry.sealing.columns import CannotOpen

Roots = Mapping[str, Sequence[x509.Certificate]]
Open = Callable[[bytes, str], bytes]
_BATCH = 500


class Problem(StrEnum):
    """What can be wrong with a certificate that was issued."""

    UNREADABLE = "unreadable"
    PROFILE_UNKNOWN = "profile-unknown"
    NOT_RECORDED = "serial-not-recorded"
    OTHER_SERIAL = "serial-differs"
    ANOTHER_ROOT = "root-not-trusted"
    SIGNATURE = "issuer-signature"
    OUTSIDE_PROFILE = "outside-profile"


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate with what the register says of it; `intended` is the profile noted before it was signed."""

    authority: str
    serial: str
    profile: str
    der: bytes | None
    intended: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One certificate with which something is wrong; `rule` is the lint's where that refused."""

    authority: str
    serial: str
    profile: str
    problem: Problem
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A serial number that was recorded and never signed: a crash, or an act that was given up."""

    authority: str
    serial: str
    profile: str


@dataclass(slots=True)
class CheckReport:
    """How many certificates of each profile were looked at, what is wrong, and which numbers were never used."""

    checked: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, entry: Entry, roots: Roots) -> None:
        """Look at one more."""
        self.checked[entry.profile] += 1
        finding = check_entry(entry, roots)
        if finding is not None:
            self.findings.append(finding)


def load_roots(trust: Path) -> dict[str, list[x509.Certificate]]:
    """Read the roots of a folder by the names of their files, which are those of the authorities."""
    return {path.stem: x509.load_pem_x509_certificates(path.read_bytes()) for path in trust.glob("*.pem")}


def check_entry(entry: Entry, roots: Roots) -> Finding | None:
    """Hold one certificate against register, issuer and profile; None when everything fits."""
    try:
        _check(entry, roots)
    except _Wrong as wrong:
        return Finding(entry.authority, entry.serial, entry.profile, wrong.problem, wrong.rule)
    return None


class _Wrong(Exception):
    def __init__(self, problem: Problem, rule: str | None = None) -> None:
        super().__init__(problem)
        self.problem, self.rule = problem, rule


def _check(entry: Entry, roots: Roots) -> None:
    profile = PROFILES.get(entry.profile)
    if profile is None:
        raise _Wrong(Problem.PROFILE_UNKNOWN)
    if entry.intended != entry.profile:
        raise _Wrong(Problem.NOT_RECORDED)
    certificate = _read(entry)
    if f"{certificate.serial_number:x}" != entry.serial:
        raise _Wrong(Problem.OTHER_SERIAL)
    if profile.self_signed and certificate not in roots.get(entry.authority, ()):
        raise _Wrong(Problem.ANOTHER_ROOT)
    above = _issuer(certificate, roots.get(entry.authority, ()))
    try:
        lint.check(der(certificate), profile, issuer=None if profile.self_signed else der(above))
    except OutsideProfile as exc:
        raise _Wrong(Problem.OUTSIDE_PROFILE, str(exc.rule)) from exc


def _read(entry: Entry) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(entry.der or b"")
    except ValueError:
        raise _Wrong(Problem.UNREADABLE) from None


def _issuer(certificate: x509.Certificate, roots: Iterable[x509.Certificate]) -> x509.Certificate:
    """Find the root whose key signed: after a roll-over several share one name."""
    for root in roots:
        try:
            certificate.verify_directly_issued_by(root)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return root
    raise _Wrong(Problem.SIGNATURE)


def check_registers(state: Path) -> CheckReport:
    """Check what the ceremonies of a folder issued, from its registers; UnreadableFile for a register that is none."""
    report, roots = CheckReport(), load_roots(state / "trust")
    for register in sorted((state / "registers").glob("*.jsonl")):
        lines = read_lines(register)
        intended = {line.serial: line.profile for line in lines if line.kind == "intended"}
        signed = {line.serial: line for line in lines if line.kind == "signed"}
        for serial, line in signed.items():
            report.add(Entry(register.stem, serial, line.profile, line.der, intended.get(serial)), roots)
        report.gaps += [Gap(register.stem, each, intended[each]) for each in intended if each not in signed]
    return report


async def check_store(session: AsyncSession, roots: Roots, open_sealed: Open) -> CheckReport:
    """
    Check every certificate of the store: of authorities, signers, readers, systems, and of holders.

    `session`: of the read-only role. `open_sealed`: opens a sealed column; what cannot be opened is unreadable.
    """
    report = CheckReport()
    async for entry in _entries(session, open_sealed):
        report.add(entry, roots)
    gaps = await session.execute(_never_signed())
    report.gaps = [Gap(authority, serial, profile) for authority, serial, profile in gaps]
    return report


async def any_holder(session: AsyncSession) -> bool:
    """Tell whether any holder was ever certified: only then is a sealed column to be opened."""
    return await session.scalar(select(UserCertificate.serial).limit(1)) is not None


async def _entries(session: AsyncSession, open_sealed: Open) -> AsyncIterator[Entry]:
    columns = (IssuedCertificate.authority, IssuedCertificate.serial, IssuedCertificate.profile, IssuedCertificate.der)
    ours = select(*columns, CertificateIntent.profile).outerjoin(
        CertificateIntent,
        (CertificateIntent.authority == IssuedCertificate.authority)
        & (CertificateIntent.serial == IssuedCertificate.serial),
    )
    async for row in await session.stream(ours.execution_options(yield_per=_BATCH)):
        yield Entry(*row)
    for kind, authority in AUTHORITY_OF.items():
        profile = (jpki.SIGNATURE if kind == SIGNATURE else jpki.AUTHENTICATION).name
        holders = (
            select(UserCertificate.serial, UserCertificate.certificate, CertificateIntent.profile)
            .outerjoin(
                CertificateIntent,
                (CertificateIntent.authority == authority) & (CertificateIntent.serial == UserCertificate.serial),
            )
            .where(UserCertificate.kind == kind)
        )
        async for serial, sealed, intended in await session.stream(holders.execution_options(yield_per=_BATCH)):
            yield Entry(authority, serial, profile, _opened(sealed, open_sealed), intended)


def _opened(sealed: bytes, open_sealed: Open) -> bytes | None:
    try:
        return open_sealed(sealed, CERTIFICATE_COLUMN)
    except CannotOpen:
        return None


def _never_signed() -> Select[str, str, str]:
    issued = select(IssuedCertificate.serial).where(
        IssuedCertificate.authority == CertificateIntent.authority, IssuedCertificate.serial == CertificateIntent.serial
    )
    held = select(UserCertificate.serial).where(
        CertificateIntent.authority.in_(AUTHORITY_OF.values()), UserCertificate.serial == CertificateIntent.serial
    )
    return (
        select(CertificateIntent.authority, CertificateIntent.serial, CertificateIntent.profile)
        .where(~issued.exists(), ~held.exists())
        .order_by(CertificateIntent.authority, CertificateIntent.at)
    )
