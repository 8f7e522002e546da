"""Document signers: the keys that sign records of one docType, for 457 days at most (Annex B.1.4)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, certify
from pki.iaca.root import Place
from pki.keys.signer import PublicKey
from pki.profiles.annex_b import DOCUMENT_SIGNER, DOCUMENT_SIGNER_OF_BOTH


def certify_document_signer(
    place: Place,
    common_name: str,
    key: PublicKey,
    period: Period,
    iaca: Authority,
    registrar: Registrar,
    *,
    both_usages: bool = False,
) -> x509.Certificate:
    """
    Certify a document signer under `iaca`.

    Subject country and state are the IACA's, as readers compare them (ISO/IEC 18013-5 9.3.3). `both_usages`: name the
    usage of ISO/IEC 23220-4 beside that of 18013-5, which readers in the field refuse. Raises OutsideProfile when the
    period is longer than 457 days or outlives the root.
    """
    profile = DOCUMENT_SIGNER_OF_BOTH if both_usages else DOCUMENT_SIGNER
    return certify(place.request(profile, common_name, key, period), iaca, registrar)
