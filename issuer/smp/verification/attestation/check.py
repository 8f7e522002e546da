"""
Key attestation: the phone's maker vouches that the keys lie in certified hardware of a sound phone (MDOC-2, MDOC-23).

Two kinds, each under roots of its own: a certificate for each key (Android-like), and one attested app that vouches for
all keys (Apple-like). The order of keys is record keys, binding key, sealing key.

Certificates are valid at the time of the message; whether a maker has revoked one of them is asked as of the decision.
"""

from datetime import datetime

from issuer.errors import Code
from issuer.smp.application.content import AndroidAttestation, AppleAttestation
from issuer.smp.application.signed import SignedApplication
from issuer.smp.tools import Makers
from issuer.smp.verification.attestation.android import check_android
from issuer.smp.verification.attestation.apple import check_apple
from issuer.smp.verification.attestation.challenge import Claimed
from issuer.smp.verification.attestation.refused import AttestationRefused


def check_attestation(signed: SignedApplication, makers: Makers, *, at: datetime, now: datetime) -> None:
    """Return when the attestation vouches for every key of the application; raises as `check_keys` does."""
    content = signed.content
    claimed = Claimed(signed.keys, content.nonce, content.app_install_id)
    check_keys(content.key_attestation, claimed, makers, at=at, now=now)


def check_keys(
    attestation: AndroidAttestation | AppleAttestation, claimed: Claimed, makers: Makers, *, at: datetime, now: datetime
) -> None:
    """
    Return when an attestation vouches for the keys that are claimed.

    `at`: when it came in; `now`: when this is decided. Raises AttestationRefused with its code, key_attestation_revoked
    for a certificate that its maker has revoked or suspended; StaleMakerList when nobody can tell.
    """
    if isinstance(attestation, AndroidAttestation):
        chain, is_revoked = check_android(attestation, claimed, makers, at=at), makers.android_revoked
    else:
        chain, is_revoked = check_apple(attestation, claimed, makers, at=at), makers.apple_revoked
    if any(is_revoked(certificate.serial_number, now) for certificate in chain):
        raise AttestationRefused(Code.ATTESTATION_REVOKED)


def keys_are_distinct(signed: SignedApplication) -> bool:
    """Tell whether device, binding and sealing keys are all different: one record, one key, one relying party."""
    points = [point for _, point in signed.keys]
    return len(set(points)) == len(points)
