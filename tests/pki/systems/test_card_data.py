from datetime import timedelta

import pytest

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import Period
from pki.keys.signer import ES256, RS256, generate
from pki.systems.card_data import certify_card_data_signer
from tests.pki.iaca.test_root import AT_TIME
from tests.pki.openssl import accepts
from tests.pki.systems.test_systems_ca import HOUSE
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy


def test_openssl_accepts_the_card_data_signer(pki: Hierarchy) -> None:
    """OpenSSL accepts the card-data signer, an RSA key, under its own root only."""
    path = pki.state / "certificates" / "card_data_signer.pem"
    assert accepts(pki.state / "trust" / "card_data_ca.pem", path, *AT_TIME)
    assert not accepts(pki.state / "trust" / "iaca.pem", path, *AT_TIME)
    assert pki.signer("card_data_signer").algorithm == RS256


def test_other_keys_are_refused(pki: Hierarchy) -> None:
    """The chip's signature is RSA today; another kind of key is refused."""
    period = Period(START, START + timedelta(days=365))
    with pytest.raises(OutsideProfile) as refusal:
        certify_card_data_signer(
            HOUSE, "Signer", generate(ES256).public_key(), period, pki.authority("card_data_ca"), pki.registrar()
        )
    assert refusal.value.rule is Rule.KEY
