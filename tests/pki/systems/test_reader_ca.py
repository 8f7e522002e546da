from datetime import timedelta

import pytest

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import Period
from pki.keys.signer import ES256, generate
from pki.systems.reader_ca import certify_reader
from tests.pki.iaca.test_root import AT_TIME
from tests.pki.openssl import accepts, text
from tests.pki.systems.test_systems_ca import HOUSE
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy


def test_openssl_accepts_the_reader(pki: Hierarchy) -> None:
    """OpenSSL accepts a registered reader under the reader CA and reads its one critical purpose."""
    path = pki.state / "reader" / "relying-party" / "certificate.pem"
    assert accepts(pki.state / "trust" / "reader_ca.pem", path, *AT_TIME)
    assert not accepts(pki.state / "trust" / "iaca.pem", path, *AT_TIME)
    assert "X509v3 Extended Key Usage: critical\n                1.0.18013.5.1.6\n" in text(path)


def test_reader_for_too_long_is_refused(pki: Hierarchy) -> None:
    """A reader for more than 1187 days is refused (Annex B.1.7)."""
    period = Period(START, START + timedelta(days=1187))
    key = generate(ES256).public_key()
    with pytest.raises(OutsideProfile) as refusal:
        certify_reader(
            HOUSE, "rp", "http://crl.example/r.crl", key, period, pki.authority("reader_ca"), pki.registrar()
        )
    assert refusal.value.rule is Rule.VALIDITY
