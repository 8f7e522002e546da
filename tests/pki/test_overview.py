import logging
from datetime import timedelta

import pytest

from pki.app import PkiParts
from pki.ca.issue import Period
from pki.ca.models import CertificateIntent, RevokedCertificate
from pki.ca.register import issued
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.root import place_of
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.overview import CertificateLine, DailyWatch, overview
from pki.profiles.annex_b import DOCUMENT_SIGNER
from tests.pki.iaca.test_delivery import DOC_TYPE, the_ceremony
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy, plan


async def a_successor(parts: PkiParts, pki: Hierarchy, days: int) -> str:
    """Certify the next document signer, from some days on; return its serial."""
    begin = START + timedelta(days=days)
    period = Period(begin, begin + timedelta(days=457, seconds=-1))
    key = SoftwareSigner(generate(ES256)).public_key
    certificate = certify_document_signer(place_of(plan()), "DS", key, period, pki.authority("iaca"), pki.registrar())
    serial = f"{certificate.serial_number:x}"
    async with parts.sessions.begin() as session:
        session.add(CertificateIntent(authority="iaca", serial=serial, profile=DOCUMENT_SIGNER.name, at=START))
        await session.flush()
        session.add(issued("iaca", DOCUMENT_SIGNER.name, certificate, DOC_TYPE))
    return serial


async def signers(parts: PkiParts, days: float) -> list[CertificateLine]:
    """The lines of document signers at an instant."""
    async with parts.sessions() as session:
        lines = await overview(session, START + timedelta(days=days))
    return [line for line in lines if line.profile == DOCUMENT_SIGNER.name]


async def test_states_of_signers(parts: PkiParts, pki: Hierarchy) -> None:
    """A signer is active, its successor announced; on its day they change places, and a revoked one is neither."""
    await the_ceremony(parts, pki)
    first = f"{pki.certificate('document_signer').serial_number:x}"
    second = await a_successor(parts, pki, 400)
    seen = [[(line.serial, line.state) for line in await signers(parts, days)] for days in (0, 401, 457)]
    assert seen == [
        [(first, "active"), (second, "announced")],
        [(first, "retired"), (second, "active")],
        [(first, "ended"), (second, "active")],
    ]
    async with parts.sessions.begin() as session:
        session.add(RevokedCertificate(authority="iaca", serial=second, since=START, cause="key_compromise"))
    assert [line.state for line in await signers(parts, 401)] == ["active", "revoked"]


@pytest.mark.parametrize(("days", "alarm"), [(380, False), (382, True)])
async def test_the_alarm_comes_long_before_the_end(
    parts: PkiParts,
    pki: Hierarchy,
    days: int,
    alarm: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """75 days before the end of the last document signer the alarm begins; a successor ends it."""
    await the_ceremony(parts, pki)
    (line,) = await signers(parts, days)
    assert (line.alarm, line.days_left) == (alarm, 455 - days)
    await a_successor(parts, pki, 400)
    assert [line.alarm for line in await signers(parts, days)] == [False, False]


async def test_alarms_are_logged_once_a_day(parts: PkiParts, pki: Hierarchy, caplog: pytest.LogCaptureFixture) -> None:
    """Every alarm is a line of the log a day, with the profile and the days that are left."""
    await the_ceremony(parts, pki)
    watch = DailyWatch()
    with caplog.at_level(logging.WARNING):
        for hours in (0, 1, 24):
            at = START + timedelta(days=400, hours=hours)
            async with parts.sessions() as session:
                watch.report(await overview(session, at), at)
    said = [record for record in caplog.records if record.kind == DOCUMENT_SIGNER.name]  # type: ignore[attr-defined]  # extra
    assert [(record.message, record.count) for record in said] == [  # type: ignore[attr-defined]  # extra
        ("certificate ends soon", 55),
        ("certificate ends soon", 54),
    ]
