"""OCSP signers of the IACA: short-lived, so that nobody asks about the one who answers (Annex B.1.6)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, certify
from pki.iaca.root import Place
from pki.keys.signer import PublicKey
from pki.profiles.annex_b import OCSP_SIGNER_UNCHECKED


def certify_ocsp_signer(
    place: Place, common_name: str, key: PublicKey, period: Period, iaca: Authority, registrar: Registrar
) -> x509.Certificate:
    """Certify the signer of status answers under `iaca`, for 90 days at most; raises OutsideProfile."""
    return certify(place.request(OCSP_SIGNER_UNCHECKED, common_name, key, period), iaca, registrar)
