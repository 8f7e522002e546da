"""
Key attestation: the phone's maker vouches that the keys lie in certified hardware of a sound phone (MDOC-2, MDOC-23).

Two kinds, each under roots of its own: a certificate for each key (Android-like), and one attested app that vouches for
all keys (Apple-like). The order of keys is record keys, binding key, sealing key.
"""

from datetime import datetime

from issuer.smp.application.content import AndroidAttestation, AppleAttestation
from issuer.smp.application.signed import SignedApplication
from issuer.smp.tools import Makers
from issuer.smp.verification.attestation.android import check_android
from issuer.smp.verification.attestation.apple import check_apple
from issuer.smp.verification.attestation.challenge import Claimed


def check_attestation(signed: SignedApplication, makers: Makers, *, at: datetime) -> None:
    """Return when the attestation vouches for every key of the application; raises AttestationRefused with its code."""
    content = signed.content
    check_keys(content.key_attestation, Claimed(signed.keys, content.nonce, content.app_install_id), makers, at=at)


def check_keys(
    attestation: AndroidAttestation | AppleAttestation, claimed: Claimed, makers: Makers, *, at: datetime
) -> None:
    """Return when an attestation vouches for the keys that are claimed; raises AttestationRefused with its code."""
    if isinstance(attestation, AndroidAttestation):
        check_android(attestation, claimed, makers, at=at)
    else:
        check_apple(attestation, claimed, makers, at=at)


def keys_are_distinct(signed: SignedApplication) -> bool:
    """Tell whether device, binding and sealing keys are all different: one record, one key, one relying party."""
    points = [point for _, point in signed.keys]
    return len(set(points)) == len(points)
