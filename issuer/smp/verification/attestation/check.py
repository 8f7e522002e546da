"""
Key attestation: the phone's maker vouches that the keys lie in certified hardware of a sound phone (MDOC-2, MDOC-23).

Two kinds, each under roots of its own: a certificate for each key (Android-like), and one attested app that vouches for
all keys (Apple-like). The order of keys is record keys, binding key, sealing key.
"""

from datetime import datetime

from issuer.smp.application.content import AndroidAttestation
from issuer.smp.application.signed import SignedApplication
from issuer.smp.tools import Makers
from issuer.smp.verification.attestation.android import check_android
from issuer.smp.verification.attestation.apple import check_apple


def check_attestation(signed: SignedApplication, makers: Makers, *, at: datetime) -> None:
    """Return when the attestation vouches for every key of the application; raises AttestationRefused with its code."""
    attestation = signed.content.key_attestation
    if isinstance(attestation, AndroidAttestation):
        check_android(attestation, signed, makers, at=at)
    else:
        check_apple(attestation, signed, makers, at=at)


def keys_are_distinct(signed: SignedApplication) -> bool:
    """Tell whether device, binding and sealing keys are all different: one record, one key, one relying party."""
    points = [point for _, point in signed.keys]
    return len(set(points)) == len(points)
