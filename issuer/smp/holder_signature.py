"""
The holder's signature: CMS SignedData made with the card's signing key over the whole message (MDOC-10, 11, 13).

One signer, one certificate, signed attributes, RSA with SHA-256 (RFC 5652). Nothing else is accepted, so that there is
one way to read a message and the signature covers every item, key and nonce in it.
"""

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from asn1crypto import cms
from asn1crypto.core import UTF8String
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mdoc.unreadable import UNREADABLE
from pki.profiles import jpki

_LARGEST = 400_000
_LARGEST_CERTIFICATE = 8_192
_RSA_SHA256 = frozenset({"sha256_rsa", "rsassa_pkcs1v15"})  # RFC 5754 3.2 allows both names for one signature


class NotSigned(Exception):
    """The bytes are no CMS SignedData of the one accepted shape."""


class WrongSignature(Exception):
    """Digest, signed attributes or signature do not belong to the content and the certificate."""


@dataclass(frozen=True)
class HolderMessage:
    """A signed message taken apart; `verify` has not been called by whoever reads it."""

    content: bytes = field(repr=False)
    certificate: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    attributes: bytes = field(repr=False)
    signature: bytes = field(repr=False)


@dataclass(frozen=True)
class Person:
    """The person a signing certificate names: four items, sex in the chip's coding, birth date as YYYYMMDD."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    birth_date: str = field(repr=False)
    sex: str = field(repr=False)


def take_apart(signed: bytes) -> HolderMessage:
    """
    Return the parts of a DER CMS message (RFC 5652 5), without believing any of them.

    Raises NotSigned for anything but SignedData with content, one certificate, one signer and signed attributes.
    """
    if len(signed) > _LARGEST:
        raise NotSigned("too large")
    try:
        return _parts(cms.ContentInfo.load(signed, strict=True))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        # asn1crypto answers malformed input with any of these.
        raise NotSigned("malformed") from None


def _parts(info: cms.ContentInfo) -> HolderMessage:
    if info["content_type"].native != "signed_data":
        raise NotSigned("no signed data")
    data = info["content"]
    content = data["encap_content_info"]["content"].native
    if data["encap_content_info"]["content_type"].native != "data" or not isinstance(content, bytes):
        raise NotSigned("no content")
    if len(data["certificates"]) != 1 or len(data["signer_infos"]) != 1:
        raise NotSigned("one certificate and one signer are expected")
    certificate = data["certificates"][0].chosen
    signer = data["signer_infos"][0]
    _check_signer(signer, certificate)
    attributes = {each["type"].native: each["values"].native for each in signer["signed_attrs"]}
    if len(attributes) != len(signer["signed_attrs"]) or attributes.get("content_type") != ["data"]:
        raise NotSigned("signed attributes")
    (digest,) = attributes["message_digest"]
    der = certificate.dump()
    if len(der) > _LARGEST_CERTIFICATE:
        raise NotSigned("certificate too large")
    return HolderMessage(content, der, digest, signer["signed_attrs"].untag().dump(), signer["signature"].native)


def _check_signer(signer: cms.SignerInfo, certificate: object) -> None:
    """The signer names the certificate beside it, and RSA with SHA-256 and nothing else."""
    sid = signer["sid"]
    named = (
        sid.name == "issuer_and_serial_number"
        and sid.chosen["issuer"].dump() == certificate.issuer.dump()  # type: ignore[attr-defined]
        and sid.chosen["serial_number"].native == certificate.serial_number  # type: ignore[attr-defined]
    )
    if not named:
        raise NotSigned("the signer names another certificate")
    algorithm = signer["signature_algorithm"]["algorithm"].native
    if signer["digest_algorithm"]["algorithm"].native != "sha256" or algorithm not in _RSA_SHA256:
        raise NotSigned("RSA with SHA-256 is expected")


def verify(message: HolderMessage) -> x509.Certificate:
    """
    Return the certificate whose key signed exactly this content (MDOC-11, MDOC-13); raises WrongSignature.

    Whether the certificate is to be believed is another question (`pki.trust.path`).
    """
    if not hmac.compare_digest(sha256(message.content).digest(), message.digest):
        raise WrongSignature("the content was altered")
    try:
        certificate = x509.load_der_x509_certificate(message.certificate)
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise WrongSignature("not an RSA key")
        key.verify(message.signature, message.attributes, padding.PKCS1v15(), hashes.SHA256())
    except (*UNREADABLE, InvalidSignature):
        raise WrongSignature("the signature does not fit") from None
    return certificate


def serial_of(certificate: bytes) -> str:
    """Return the serial number as lower-case hex, the key of JPKI's answers; raises NotSigned."""
    try:
        return f"{x509.load_der_x509_certificate(certificate).serial_number:x}"
    except UNREADABLE:
        raise NotSigned("certificate") from None


def person_of(certificate: x509.Certificate) -> Person:
    """Return the four items in the certificate's otherName values (MDOC-14); raises WrongSignature when one lacks."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        values = {
            name.type_id.dotted_string: UTF8String.load(name.value, strict=True).native
            for name in names
            if isinstance(name, x509.OtherName)
        }
        birth = values[jpki.BIRTH_DATE]
        # EYYYYMMDD: a digit for the era, then the date of the Gregorian calendar.
        return Person(values[jpki.NAME], values[jpki.ADDRESS], birth[1:], values[jpki.SEX])
    except (*UNREADABLE, x509.ExtensionNotFound, KeyError):
        raise WrongSignature("the certificate names no person") from None
