from datetime import timedelta

import pytest

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import Period
from pki.iaca.document_signer import certify_document_signer
from pki.keys.signer import ES256, PublicKey, generate
from tests.pki.iaca.test_root import AT_TIME, PLACE
from tests.pki.openssl import accepts, text
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy, rsa_key


def test_openssl_accepts_it_under_the_root(pki: Hierarchy) -> None:
    """OpenSSL verifies the document signer strictly and reads its one critical purpose."""
    path = pki.state / "certificates" / "document_signer.pem"
    assert accepts(pki.state / "trust" / "iaca.pem", path, *AT_TIME)
    assert not accepts(pki.state / "trust" / "reader_ca.pem", path, *AT_TIME)
    shown = text(path)
    assert "X509v3 Extended Key Usage: critical\n                1.0.18013.5.1.2\n" in shown
    assert "X509v3 Key Usage: critical\n                Digital Signature\n" in shown


def test_it_lives_as_long_as_allowed(pki: Hierarchy) -> None:
    """The demo's document signer has the longest period of Annex B.1.4, 457 days."""
    certificate = pki.certificate("document_signer")
    lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert lasts + timedelta(seconds=1) == timedelta(days=457)


@pytest.mark.parametrize(
    ("key", "days", "rule"),
    [
        (generate(ES256).public_key(), 458, Rule.VALIDITY),
        (rsa_key().public_key(), 30, Rule.KEY),
    ],
    ids=["458 days", "RSA"],
)
def test_outside_annex_b_is_refused(pki: Hierarchy, key: PublicKey, days: int, rule: Rule) -> None:
    """A signer for more than 457 days, or with a key that readers do not know, is refused."""
    period = Period(START, START + timedelta(days=days, seconds=-1))
    with pytest.raises(OutsideProfile) as refusal:
        certify_document_signer(PLACE, "DS", key, period, pki.authority("iaca"), pki.registrar())
    assert refusal.value.rule is rule
