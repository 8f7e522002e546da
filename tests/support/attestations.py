"""Phones with real keys, and the wallet maker that vouches for them."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pki.trust.anchors import Anchor, Anchors
from tests.support.clock import START
from tests.support.hierarchy import BEGIN


@dataclass(frozen=True)
class Phone:
    """A phone: keys in its secure area and the installation of the app."""

    device_keys: tuple[ec.EllipticCurvePrivateKey, ...] = field(repr=False)
    binding_key: ec.EllipticCurvePrivateKey = field(repr=False)
    sealing_key: ec.EllipticCurvePrivateKey = field(repr=False)
    app_install_id: str = "install-0123456789abcdef"


def a_phone(count: int = 2, *, app_install_id: str = "install-0123456789abcdef") -> Phone:
    """Return a phone with fresh keys."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(count + 2)]
    return Phone(tuple(keys[:count]), keys[count], keys[count + 1], app_install_id)


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the uncompressed point of a key."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def jwk_of(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """Return the public JWK of a key, with four members."""
    point = point_of(key)
    x, y = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (point[1:33], point[33:]))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@cache
def _maker() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate, x509.Certificate]:
    """Return the wallet maker's attestation key, its certificate and the root."""
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    return leaf_key, *_maker_certificates(root_key, leaf_key)


def _maker_certificates(
    root_key: ec.EllipticCurvePrivateKey, leaf_key: ec.EllipticCurvePrivateKey
) -> tuple[x509.Certificate, x509.Certificate]:
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Synthetic wallet maker")])
    leaf_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Synthetic key attestation")])
    root = _builder(root_name, root_name, root_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    root = root.add_extension(_usage(authority=True), critical=True)
    leaf = _builder(leaf_name, root_name, leaf_key).add_extension(_usage(authority=False), critical=True)
    return leaf.sign(root_key, hashes.SHA256()), root.sign(root_key, hashes.SHA256())


def _builder(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=3650))
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def attestation_anchors() -> Anchors:
    """Return the wallet maker's root."""
    return Anchors((Anchor(_maker()[2]),))


def attestation_root_pem() -> bytes:
    """Return the wallet maker's root in PEM."""
    return _maker()[2].public_bytes(serialization.Encoding.PEM)


def an_attestation(
    phone: Phone,
    nonce: str,
    *,
    at: datetime = START,
    signed_by: ec.EllipticCurvePrivateKey | None = None,
    header: Mapping[str, Any] | None = None,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Return the maker's word for every key of the phone; header and claims are replaceable."""
    key, leaf, _ = _maker()
    keys = [*phone.device_keys, phone.binding_key, phone.sealing_key]
    stated: dict[str, Any] = {
        "iat": int(at.timestamp()),
        "exp": int((at + timedelta(hours=1)).timestamp()),
        "nonce": nonce,
        "attested_keys": [jwk_of(each) for each in keys],
        "key_storage": ["iso_18045_high"],
        "user_authentication": ["iso_18045_high"],
        "app_install_id": phone.app_install_id,
    }
    x5c = [base64.b64encode(leaf.public_bytes(serialization.Encoding.DER)).decode()]
    named = {"typ": "key-attestation+jwt", "x5c": x5c} | dict(header or {})
    return jwt.encode(stated | dict(claims or {}), signed_by or key, algorithm="ES256", headers=named)
