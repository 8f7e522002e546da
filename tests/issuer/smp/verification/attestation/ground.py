"""What every test of an attestation needs: an application around it, and the code of what becomes of it."""

from datetime import timedelta

from issuer.errors import Code
from issuer.smp.application.signed import SignedApplication, decode
from issuer.smp.verification.attestation.check import check_attestation
from issuer.smp.verification.attestation.refused import AttestationRefused
from tests.support.applications import Holder, an_application
from tests.support.attestations import Phone, trusted_makers
from tests.support.clock import START
from wallet_sim.phone.content import AndroidAttestation, AppleAttestation

NONCE = "nonce-of-the-application"
DAY = timedelta(days=1)
Attestation = AndroidAttestation | AppleAttestation


def signed(holder: Holder, phone: Phone, attestation: Attestation) -> SignedApplication:
    """Put an attestation into an application as it arrives."""
    decoded = decode(an_application(holder, phone, NONCE, key_attestation=attestation))
    assert isinstance(decoded, SignedApplication)
    return decoded


def code_of(holder: Holder, phone: Phone, attestation: Attestation, *, at: timedelta = timedelta(0)) -> Code | None:
    """Check an attestation; return the code of the refusal, None when it is believed."""
    try:
        check_attestation(signed(holder, phone, attestation), trusted_makers(), at=START + at, now=START + at)
    except AttestationRefused as refused:
        return refused.code
    return None
