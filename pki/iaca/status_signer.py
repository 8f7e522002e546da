"""Status signers: certified by the IACA itself and never by a document signer (D11)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, certify
from pki.iaca.root import Place
from pki.keys.signer import PublicKey
from pki.profiles.annex_b import STATUS_SIGNER


def certify_status_signer(
    place: Place, common_name: str, key: PublicKey, period: Period, iaca: Authority, registrar: Registrar
) -> x509.Certificate:
    """Certify the signer of status lists under `iaca`, for 1187 days at most; raises OutsideProfile."""
    return certify(place.request(STATUS_SIGNER, common_name, key, period), iaca, registrar)
