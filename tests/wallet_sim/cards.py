"""A finished card as the contractor makes it, with a real card-data signature and real user certificates."""

from datetime import UTC, date, datetime
from functools import cache
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from registry.messages.chip import CardFace, NumberAndItems, write
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy, rsa_key
from wallet_sim.ic_card import Chip, IcCard, Pin, private_key_der

NUMBER = "123456789018"
PINS = {Pin.SIGNATURE: "ABC123", Pin.INPUT_SUPPORT: "1234", Pin.AUTHENTICATION: "5678"}


@cache
def signing_key(name: str = "holder") -> rsa.RSAPrivateKey:
    """Make an RSA key once per session and name."""
    return cast("rsa.RSAPrivateKey", rsa_key(name))


def certificate_of(key: rsa.RSAPrivateKey, serial: int) -> bytes:
    """A self-signed certificate that stands for a user certificate where nobody asks who certified it."""
    name = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"), x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, begin, end)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def chip(photo: bytes | None = b"\xff\xd8photo", *, issue_number: str = "CARD0001") -> Chip:
    """A personalised chip whose PINs nobody has set."""
    birth, signer = date(1971, 9, 1), hierarchy().signer("card_data_signer")
    text = write(
        NumberAndItems(individual_number=NUMBER, name="番号　花子", address="東京都千代田区", birth_date=birth, sex="2")
    )
    face = write(
        CardFace(
            card_issue_number=issue_number,
            municipality_code="131016",
            birth_date=birth,
            sex="2",
            card_valid_until=date(2034, 9, 1),
            photo=photo,
        )
    )
    key = signing_key()
    return Chip(
        card_issue_number=issue_number,
        card_valid_until=date(2034, 9, 1),
        number_and_items=text,
        number_and_items_signature=signer.sign(text),
        card_face=face,
        card_face_signature=signer.sign(face),
        signer_certificate=hierarchy().chain("card_data_signer")[0],
        signature_key=private_key_der(key),
        signature_certificate=certificate_of(key, 0x1001),
        authentication_key=private_key_der(key),
        authentication_certificate=certificate_of(key, 0x1002),
    )


def card(*, pins: bool = True) -> IcCard:
    """A card in its holder's hand."""
    made = IcCard(chip(), lambda _: None)
    if pins:
        made.set_pins(PINS, SeededBytes("pins"))
    return made
