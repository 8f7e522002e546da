"""Signers of the list of trusted roots (VICAL, ISO/IEC 18013-5 Annex C)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, certify
from pki.iaca.root import Place
from pki.keys.signer import PublicKey
from pki.profiles.annex_b import VICAL_SIGNER


def certify_vical_signer(
    place: Place, common_name: str, key: PublicKey, period: Period, iaca: Authority, registrar: Registrar
) -> x509.Certificate:
    """Certify the signer of a VICAL under `iaca`, for 457 days at most; raises OutsideProfile."""
    return certify(place.request(VICAL_SIGNER, common_name, key, period), iaca, registrar)
