from datetime import timedelta

import pytest

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import Period
from pki.iaca.status_signer import certify_status_signer
from pki.keys.signer import ES256, generate
from tests.pki.iaca.test_root import AT_TIME, PLACE
from tests.pki.openssl import accepts, text
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy


def test_openssl_accepts_it_under_the_root(pki: Hierarchy) -> None:
    """OpenSSL verifies the status signer strictly; it carries no extended key usage, whose number is not assigned."""
    path = pki.state / "certificates" / "status_signer.pem"
    assert accepts(pki.state / "trust" / "iaca.pem", path, *AT_TIME)
    assert "Extended Key Usage" not in text(path)


def test_longer_than_the_profile_is_refused(pki: Hierarchy) -> None:
    """A status signer for more than 1187 days is refused."""
    period = Period(START, START + timedelta(days=1187))
    with pytest.raises(OutsideProfile) as refusal:
        certify_status_signer(
            PLACE, "Status", generate(ES256).public_key(), period, pki.authority("iaca"), pki.registrar()
        )
    assert refusal.value.rule is Rule.VALIDITY
