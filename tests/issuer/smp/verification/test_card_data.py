"""The two signatures of the card-data signer."""

import pytest

from issuer.smp.application.signed import SignedApplication, decode
from issuer.smp.verification.card_data import CardDataRefused, trusted_signer, verify_card_face, verify_number_and_items
from tests.support.applications import Holder, an_application
from tests.support.attestations import a_phone
from tests.support.clock import START
from tests.support.hierarchy import hierarchy


@pytest.fixture
def application(holder: Holder) -> SignedApplication:
    """A decoded application of a genuine card."""
    decoded = decode(an_application(holder, a_phone(), "nonce-of-sixteen-characters"))
    assert isinstance(decoded, SignedApplication)
    return decoded


@pytest.mark.requirement("MDOC-7", "MDOC-8", "MDOC-66")
def test_both_signatures_need_the_right_root_and_the_right_key(application: SignedApplication) -> None:
    """Under the card-data CA they hold; no other root certifies the signer, no other kind of key verifies."""
    signer = trusted_signer(application, hierarchy().anchors("card_data_ca"), at=START)
    verify_number_and_items(application, signer)
    verify_card_face(application, signer)

    for root in ("signature_ca", "authentication_ca", "iaca", "systems_ca"):
        with pytest.raises(CardDataRefused, match="signer"):
            trusted_signer(application, hierarchy().anchors(root), at=START)
    with pytest.raises(CardDataRefused, match="key"):
        verify_card_face(application, hierarchy().certificate("iaca"))
    with pytest.raises(CardDataRefused, match="signature"):
        verify_number_and_items(application, hierarchy().certificate("signature_ca"))
