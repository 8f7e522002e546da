"""The card's own proof: two signatures of the card-data signer over the texts in the chip (MDOC-7, MDOC-8)."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from issuer.smp.application.signed import SignedApplication
from pki.trust.anchors import Anchors
from pki.trust.path import UntrustedChain, validate
from pki.trust.purposes import CARD_DATA_SIGNER
from registry.calendar import legal_day


class CardDataRefused(Exception):
    """The card data is not what the card-data signer signed."""


def trusted_signer(signed: SignedApplication, anchors: Anchors, *, at: datetime) -> x509.Certificate:
    """Return the signer's certificate when the card-data CA certified it; raises CardDataRefused."""
    try:
        return validate([signed.content.signer_certificate], anchors=anchors, purpose=CARD_DATA_SIGNER, at=at)
    except UntrustedChain as exc:
        raise CardDataRefused("signer") from exc


def verify_number_and_items(signed: SignedApplication, signer: x509.Certificate) -> None:
    """Check the number-and-four-items signature (個人番号・4情報署名); raises CardDataRefused."""
    _verify(signer, signed.content.number_and_items_signature, signed.content.number_and_items)


def verify_card_face(signed: SignedApplication, signer: x509.Certificate) -> None:
    """Check the card-face signature, which covers the photo (MDOC-8); raises CardDataRefused."""
    _verify(signer, signed.content.card_face_signature, signed.content.card_face)


def _verify(signer: x509.Certificate, signature: bytes, text: bytes) -> None:
    key = signer.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise CardDataRefused("key")
    try:
        key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise CardDataRefused("signature") from None


def texts_agree(signed: SignedApplication) -> bool:
    """Tell whether both texts name the same birth date and sex: texts of two cards cannot be combined."""
    items, face = signed.number_and_items, signed.card_face
    return (items.birth_date, items.sex) == (face.birth_date, face.sex)


def card_has_ended(signed: SignedApplication, *, at: datetime) -> bool:
    """Tell whether the card is past its last day, which ends at 24:00 in Tokyo (MDOC-1, MDOC-24)."""
    return legal_day(at) > signed.card_face.card_valid_until
