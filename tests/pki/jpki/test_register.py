import pytest

from pki.errors import Code, PkiError
from pki.jpki.models import CertificateHistory, UserCertificate
from pki.jpki.register import change
from pki.jpki.states import GOOD
from registry.act import job
from registry.messages.jpki import IssuedCertificates
from tests.pki.conftest import CallAs
from tests.pki.jpki.conftest import Kept, an_order
from tests.support.clock import START
from tests.support.entropy import SeededBytes


async def test_revocation_is_final(
    call_as: CallAs, issued: IssuedCertificates, kept: Kept, entropy: SeededBytes
) -> None:
    """The register itself refuses to bring a revoked certificate back, and writes no history of the attempt."""
    await call_as("card").post("pki.order_certificates", an_order(2))
    act = job("pki", "pki.test", at=START, random=entropy)
    before = len(await kept.rows(CertificateHistory))
    async with kept.sessions.begin() as session:
        certificate = await session.get_one(UserCertificate, issued.signature_serial)
        with pytest.raises(PkiError) as refusal:
            change(session, act, certificate, GOOD, None, since=START)
    assert refusal.value.code == Code.CERTIFICATE_REVOKED
    assert len(await kept.rows(CertificateHistory)) == before
