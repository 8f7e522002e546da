"""Android-like key attestation: a certificate for each key, in which its secure area describes it (MDOC-23)."""

import hmac
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer.errors import Code
from issuer.smp.application.content import AndroidAttestation
from issuer.smp.tools import Makers
from issuer.smp.verification.attestation import key_description
from issuer.smp.verification.attestation.chain import Chain, authorities_under, certified_by, stated
from issuer.smp.verification.attestation.challenge import Claimed
from issuer.smp.verification.attestation.key_description import Described
from issuer.smp.verification.attestation.refused import AttestationRefused

HARDWARE: Final = frozenset({"trusted_environment", "strong_box"})
PURPOSES: Final = {
    "record": frozenset({key_description.SIGN}),
    "binding": frozenset({key_description.SIGN}),
    "sealing": frozenset({key_description.AGREE_KEY}),
}


def check_android(attestation: AndroidAttestation, claimed: Claimed, makers: Makers, *, at: datetime) -> Chain:
    """
    Return the chain when each key that is claimed was made in the certified hardware of a sound phone, by our app.

    Raises AttestationRefused: what `chain` raises, key_attestation_keys_differ, and for each key _extension_refused,
    _challenge_wrong, _security_level_low, _boot_state_refused, _app_unknown, _key_use_refused.
    """
    authorities = authorities_under(makers.android, attestation.chain, at=at)
    # Who may add a certificate below a genuine one must not be able to describe a key that way.
    if any(stated(each, key_description.OID) is not None for each in authorities):
        raise AttestationRefused(Code.ATTESTATION_EXTENSION)
    certificates = [certified_by(authorities[0], der, at=at) for der in attestation.keys]
    if [_point(each) for each in certificates] != claimed.points:
        raise AttestationRefused(Code.ATTESTATION_KEYS)
    for certificate, (use, _) in zip(certificates, claimed.keys, strict=True):
        _check(_describe(certificate), use, claimed.challenge, makers)
    return [*certificates, *authorities]


def _describe(certificate: x509.Certificate) -> Described:
    der = stated(certificate, key_description.OID)
    if der is None:
        raise AttestationRefused(Code.ATTESTATION_EXTENSION)
    return key_description.read(der)


def _check(described: Described, use: str, challenge: bytes, makers: Makers) -> None:
    if not hmac.compare_digest(described.challenge, challenge):
        raise AttestationRefused(Code.ATTESTATION_CHALLENGE)
    if not HARDWARE.issuperset(described.levels):
        raise AttestationRefused(Code.ATTESTATION_LEVEL)
    if described.boot != (True, "verified"):
        raise AttestationRefused(Code.ATTESTATION_BOOT)
    app = makers.app
    if described.packages != {app.android_package} or described.signers != {app.android_signer}:
        raise AttestationRefused(Code.ATTESTATION_APP)
    if not _usable(described, use):
        raise AttestationRefused(Code.ATTESTATION_USE)


def _usable(described: Described, use: str) -> bool:
    """Made inside on P-256, for the one purpose; a record's key signs only after its user has shown to be there."""
    made = (described.algorithm, described.curve, described.origin)
    right = made == (key_description.EC, key_description.P256, key_description.GENERATED)
    return right and described.purposes == PURPOSES[use] and (described.needs_user or use != "record")


def _point(certificate: x509.Certificate) -> bytes:
    try:
        key = certificate.public_key()
    except ValueError:
        raise AttestationRefused(Code.ATTESTATION_MALFORMED) from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise AttestationRefused(Code.ATTESTATION_KEYS)
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
