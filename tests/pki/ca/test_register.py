import pytest
from cryptography import x509
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from pki.ca.files import read_lines
from pki.ca.issue import Prepared
from pki.ca.models import CertificateIntent, IssuedCertificate, RevokedCertificate
from pki.ca.register import intend, issued, take_over
from pki.profiles.systems import SYSTEM
from registry.postgres.engine import Sessions
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy


def prepared(serial: int) -> Prepared:
    """Something about to be signed."""
    return Prepared(None, SYSTEM, serial, b"", None)  # type: ignore[arg-type]  # no builder is needed


async def test_a_serial_is_intended_once(sessions: Sessions) -> None:
    """A serial number that an authority has used is refused the second time; another authority may have the same."""
    await intend(sessions, "systems_ca", prepared(7), at=START)
    await intend(sessions, "reader_ca", prepared(7), at=START)
    with pytest.raises(IntegrityError):
        await intend(sessions, "systems_ca", prepared(7), at=START)


async def test_nothing_is_signed_without_its_intent(sessions: Sessions, pki: Hierarchy) -> None:
    """The store itself refuses a certificate whose serial number was not there before."""
    with pytest.raises(IntegrityError):
        async with sessions.begin() as session:
            session.add(issued("iaca", "document signer", pki.certificate("document_signer")))


@pytest.mark.parametrize("model", [CertificateIntent, IssuedCertificate, RevokedCertificate])
async def test_the_register_never_changes(
    sessions: Sessions, pki: Hierarchy, model: type[CertificateIntent | IssuedCertificate | RevokedCertificate]
) -> None:
    """No row of the register can be changed or removed by the service."""
    async with sessions.begin() as session:
        await take_over(session, "systems_ca", read_lines(pki.state / "registers" / "systems_ca.jsonl"))
    async with sessions() as session:
        with pytest.raises(DBAPIError):
            await session.execute(update(model).values(serial="0"))
        await session.rollback()
        with pytest.raises(DBAPIError):
            await session.execute(delete(model))


async def test_a_ceremonys_register_comes_in_once(sessions: Sessions, pki: Hierarchy) -> None:
    """Every line becomes a row with what its certificate says; the same lines again bring nothing."""
    lines = read_lines(pki.state / "registers" / "iaca.jsonl")
    async with sessions.begin() as session:
        assert await take_over(session, "iaca", lines) == len(lines) > 0
        assert await take_over(session, "iaca", lines) == 0
        rows = {row.profile: row for row in await session.scalars(select(IssuedCertificate))}
    signer = rows["document signer"]
    assert x509.load_der_x509_certificate(signer.der) == pki.certificate("document_signer")
    assert (signer.doc_type, rows["status signer"].doc_type) == ("org.iso.23220.1.jp.mnc", None)
    assert signer.not_after == pki.certificate("document_signer").not_valid_after_utc
