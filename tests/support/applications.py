"""
Signed applications as a phone with a card makes them, each part replaceable.

    holder = a_holder()                       # card texts signed by the card-data signer, JPKI-like certificate
    phone = a_phone()                         # tests.support.attestations: device, binding and sealing keys
    cms = an_application(holder, phone, nonce=nonce)          # bytes for POST /issuer/apply
    cms = a_card_message(holder, "lost", nonce=nonce)         # release | lost | revoke
    word = a_phone_word(phone, application_id, "notices", at=clock())

Every key is real and every signature is made; RSA keys are made once per session.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import jwt
import msgspec
from asn1crypto import algos, cms, core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from pki.ca.issue import certify, der
from pki.jpki.user_certificate import Holder as CertificateHolder
from pki.jpki.user_certificate import authentication_request, signature_request
from registry.messages.chip import CardFace, NumberAndItems, write
from registry.messages.codes import number_check_digit
from registry.messages.person import Items
from tests.support.attestations import (
    Phone,
    a_phone,
    an_attestation,
    jwk_of,
    point_of,
)
from tests.support.clock import START
from tests.support.hierarchy import BEGIN, hierarchy, rsa_key

__all__ = [
    "AUDIENCE",
    "PHOTO",
    "Holder",
    "Phone",
    "a_card_message",
    "a_holder",
    "a_phone",
    "a_phone_word",
    "an_application",
    "an_attestation",
    "authentication_certificate_for",
    "certificate_for",
    "issue_content",
    "jwk_of",
    "number_of",
    "point_of",
    "signed",
    "with_items",
]

AUDIENCE = "https://smp.test"
PHOTO = b"\xff\xd8synthetic portrait\xff\xd9"


def number_of(body: str = "12345678901") -> str:
    """Return an individual number with its check digit."""
    return body + number_check_digit(body)


@dataclass(frozen=True)
class Holder:
    """A resident with a card: the two texts of the chip, the signing key and its certificate."""

    items: NumberAndItems
    face: CardFace
    key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate

    @property
    def serial(self) -> str:
        """The serial number as JPKI names it."""
        return f"{self.certificate.serial_number:x}"


def a_holder(name: str = "高橋 花子", *, seed: str = "holder", **face: Any) -> Holder:
    """Return a holder; another `seed` is another card and certificate. `face` changes items of the card face."""
    birth, sex, address = date(1990, 5, 2), "2", "東京都千代田区霞が関一丁目3番1号"
    digits = str(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big"))[:11].rjust(11, "1")
    items = NumberAndItems(individual_number=number_of(digits), name=name, address=address, birth_date=birth, sex=sex)
    shown: dict[str, Any] = {
        "card_issue_number": f"card-{seed}",
        "municipality_code": "131016",
        "birth_date": birth,
        "sex": sex,
        "card_valid_until": date(2035, 5, 2),
        "photo": PHOTO,
    }
    key = rsa_key("signature")
    assert isinstance(key, rsa.RSAPrivateKey)
    return Holder(items, CardFace(**(shown | face)), key, certificate_for(items, key, seed=seed))


@cache
def certificate_for(items: NumberAndItems, key: rsa.RSAPrivateKey, *, seed: str) -> x509.Certificate:
    """Return a signature certificate (署名用) of the hierarchy for these items."""
    pki = hierarchy()
    authority = pki.authority("signature_ca")
    name = f"ABCDEFGHIJKLMN13101003{len(seed) % 9}A"
    request = signature_request(_owner(items), key.public_key(), name, authority, BEGIN)
    return certify(request, authority, pki.registrar(f"applications-{seed}"))


def authentication_certificate_for(holder: Holder) -> x509.Certificate:
    """Return a user authentication certificate (利用者証明用) over the holder's signing key."""
    pki = hierarchy()
    authority = pki.authority("authentication_ca")
    key = holder.key.public_key()
    request = authentication_request(_owner(holder.items), key, "ABCDEFGHIJKLMN13101003A", authority, BEGIN)
    return certify(request, authority, pki.registrar("authentication"))


def _owner(items: NumberAndItems) -> CertificateHolder:
    person = Items(
        name_kanji=items.name,
        name_kana="カナ",
        birth_date=items.birth_date,
        sex=items.sex,
        address=items.address,
        address_municipality_code="131016",
    )
    return CertificateHolder(person, date(2035, 5, 2))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def issue_content(holder: Holder, phone: Phone, nonce: str, *, at: datetime = START, **changes: Any) -> dict[str, Any]:
    """Return the content of an issue application; `changes` replaces members, None removes one."""
    signer = hierarchy().signer("card_data_signer")
    items, face = write(holder.items), write(holder.face)
    content: dict[str, Any] = {
        "type": "issue",
        "nonce": nonce,
        "audience": AUDIENCE,
        "app_install_id": phone.app_install_id,
        "os_identifier": "android",
        "number_and_items": _b64(items),
        "number_and_items_signature": _b64(signer.sign(items)),
        "card_face": _b64(face),
        "card_face_signature": _b64(signer.sign(face)),
        "signer_certificate": _b64(der(hierarchy().certificate("card_data_signer"))),
        "device_keys": [jwk_of(key) for key in phone.device_keys],
        "sealing_key": _b64(point_of(phone.sealing_key)),
        "binding_key": jwk_of(phone.binding_key),
        "key_attestation": an_attestation(phone, nonce, at=at),
    }
    return {name: value for name, value in (content | changes).items() if value is not None}


def an_application(holder: Holder, phone: Phone, nonce: str, *, at: datetime = START, **changes: Any) -> bytes:
    """Return a signed issue application."""
    return signed(holder, msgspec.json.encode(issue_content(holder, phone, nonce, at=at, **changes)))


def a_card_message(holder: Holder, kind: str, nonce: str, **changes: Any) -> bytes:
    """Return a signed release, lost or revoke message."""
    return signed(holder, msgspec.json.encode({"type": kind, "nonce": nonce, "audience": AUDIENCE} | changes))


def signed(
    holder: Holder,
    content: bytes,
    *,
    certificate: x509.Certificate | None = None,
    digest: bytes | None = None,
    signature: bytes | None = None,
) -> bytes:
    """Return CMS SignedData over content by the holder's key; certificate, digest and signature are replaceable."""
    shown = asn1_x509.Certificate.load(der(certificate or holder.certificate))
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest or hashlib.sha256(content).digest()]}),
        ]
    )
    made = holder.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number",
                value=cms.IssuerAndSerialNumber({"issuer": shown.issuer, "serial_number": shown.serial_number}),
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
            "signature": signature or made,
        }
    )
    data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
            "encap_content_info": {"content_type": "data", "content": core.OctetString(content)},
            "certificates": [shown],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump())


def a_phone_word(
    phone: Phone,
    application_id: UUID,
    action: str,
    *,
    at: datetime = START,
    jti: str = "00000000-0000-4000-8000-000000000001",
    key: ec.EllipticCurvePrivateKey | None = None,
    header: Mapping[str, Any] | None = None,
    **claims: Any,
) -> str:
    """Return a message signed by the phone's binding key; header and claims are replaceable."""
    stated = {"aud": AUDIENCE, "iat": int(at.timestamp()), "jti": jti, "action": action}
    named = {"typ": "tegata-phone+jwt", "kid": str(application_id)} | dict(header or {})
    values = {name: str(value) if isinstance(value, UUID) else value for name, value in (stated | claims).items()}
    return jwt.encode(values, key or phone.binding_key, algorithm="ES256", headers=named)


def with_items(holder: Holder, **changes: Any) -> Holder:
    """Return the holder with other items in the first card text; the certificate stays."""
    return replace(holder, items=msgspec.structs.replace(holder.items, **changes))
