"""The signer of card data: number and four items, and the card face (個人番号・4情報署名)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, Request, certify
from pki.ca.name import subject
from pki.keys.signer import PublicKey
from pki.profiles.card_data import CARD_DATA_SIGNER
from pki.systems.systems_ca import House


def certify_card_data_signer(
    house: House, common_name: str, key: PublicKey, period: Period, authority: Authority, registrar: Registrar
) -> x509.Certificate:
    """Certify the RSA key that signs what stands in the chip; raises OutsideProfile for another kind of key."""
    name = subject((("C", house.country), ("O", house.organisation), ("CN", common_name)))
    return certify(Request(CARD_DATA_SIGNER, name, key, period), authority, registrar)
