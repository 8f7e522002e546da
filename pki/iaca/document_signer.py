"""Document signers: the keys that sign records of one docType, for 457 days at most (Annex B.1.4)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, Request, certify
from pki.iaca.root import Place
from pki.keys.signer import PublicKey
from pki.profiles.annex_b import DOCUMENT_SIGNER


def certify_document_signer(
    place: Place, common_name: str, key: PublicKey, period: Period, iaca: Authority, registrar: Registrar
) -> x509.Certificate:
    """
    Certify a document signer under `iaca`.

    Subject country and state are the IACA's, as readers compare them (ISO/IEC 18013-5 9.3.3). Raises OutsideProfile
    when the period is longer than 457 days or outlives the root.
    """
    request = Request(
        DOCUMENT_SIGNER,
        place.name(common_name),
        key,
        period,
        issuer_alternative_names=place.contacts(),
        distribution_points=place.distribution(),
    )
    return certify(request, iaca, registrar)
