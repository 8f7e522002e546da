"""Phones with real keys, and the makers that vouch for them."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from issuer.smp.tools import Makers
from pki.trust.anchors import read_anchors
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN
from wallet_sim.chance import p256_key
from wallet_sim.phone.android import AGREE_KEY, SIGN, KeyDescription
from wallet_sim.phone.apple import Authenticator, ClientData, attestation_object, nonce_extension
from wallet_sim.phone.content import AndroidAttestation, AppleAttestation, FreshKeys
from wallet_sim.phone.maker import KINDS, Authority, Kind, WalletMaker, der_of


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
def maker() -> WalletMaker:
    """Return the makers of both kinds of phone."""
    return WalletMaker.make(at=BEGIN, random=SeededBytes("makers"))


@cache
def authority(kind: Kind) -> tuple[Authority, tuple[bytes, ...]]:
    """Return what vouches for the keys of a phone of one kind, and the chain over it without the root."""
    key, chain = maker().equip(kind, at=BEGIN, random=SeededBytes(kind))
    return Authority(x509.load_der_x509_certificate(chain[0]), key), tuple(chain)


def trusted_makers() -> Makers:
    """Return the roots of both makers, as an issuer trusts them."""
    return makers_of(maker())


def makers_of(trusted: WalletMaker) -> Makers:
    """Trust the roots of somebody's makers, who revoke what stands in their lists at the moment."""
    android, apple = (read_anchors(trusted.root_pem(kind)) for kind in KINDS)
    android_list, apple_list = (trusted.lists[kind] for kind in KINDS)
    return Makers(
        android,
        apple,
        lambda serial, _at: f"{serial:x}" in android_list.entries,
        lambda serial, _at: f"{serial:x}" in apple_list.entries,
    )


def with_fresh_keys(phone: Phone, count: int = 2) -> Phone:
    """Return the same phone with other device keys."""
    return replace(phone, device_keys=a_phone(count).device_keys)


def fresh_keys(phone: Phone, nonce: str, *, at: datetime = START, **changes: Any) -> dict[str, Any]:
    """Return what a phone says of its device keys when it replaces the used ones; `changes` replaces parts of it."""
    attestation = android_attestation(phone, nonce, at=at, device_keys_alone=True)
    said = FreshKeys(nonce=nonce, device_keys=[jwk_of(key) for key in phone.device_keys], key_attestation=attestation)
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(said, **changes))
    return told


def challenge_of(phone: Phone, nonce: str) -> bytes:
    """Return what an attestation of this phone must have been made for."""
    return sha256(f"tegata/key-attestation/v1\0{nonce}\0{phone.app_install_id}".encode()).digest()


def an_attestation(phone: Phone, nonce: str, *, at: datetime = START) -> AndroidAttestation:
    """Return the maker's word for every key of a sound Android-like phone."""
    return android_attestation(phone, nonce, at=at)


def android_attestation(
    phone: Phone,
    nonce: str,
    *,
    at: datetime = START,
    bend: Mapping[str, Mapping[str, Any]] | None = None,
    by: Authority | None = None,
    chain: Sequence[bytes] | None = None,
    life: timedelta = timedelta(days=1),
    device_keys_alone: bool = False,
) -> AndroidAttestation:
    """Return a certificate for each key; `bend` replaces what is stated of record, binding or sealing keys."""
    vouching, known = authority("android")
    others = [] if device_keys_alone else [("binding", phone.binding_key), ("sealing", phone.sealing_key)]
    made = []
    for use, key in [*(("record", key) for key in phone.device_keys), *others]:
        sound = KeyDescription(
            challenge_of(phone, nonce), purposes=(AGREE_KEY if use == "sealing" else SIGN,), user=use == "record"
        )
        stated = replace(sound, **(bend or {}).get(use, {}))
        certificate = (by or vouching).certify(
            key.public_key(),
            "Simulated Key",
            at=at - timedelta(minutes=1),
            life=life,
            random=SeededBytes(nonce),
            extension=stated.extension,
        )
        made.append(der_of(certificate))
    return AndroidAttestation(made, list(known if chain is None else chain))


def apple_attestation(
    phone: Phone,
    nonce: str,
    *,
    at: datetime = START,
    client: Mapping[str, Any] | None = None,
    authenticator: Mapping[str, Any] | None = None,
    sent: bytes | None = None,
    extension: x509.UnrecognizedExtension | None = None,
    chain: Sequence[bytes] | None = None,
    device_keys_alone: bool = False,
) -> AppleAttestation:
    """Return the word of the attested app; `client` and `authenticator` replace what it says, `sent` what is sent."""
    vouching, known = authority("apple")
    keys = [*phone.device_keys, *([] if device_keys_alone else [phone.binding_key, phone.sealing_key])]
    said: dict[str, Any] = {"challenge": challenge_of(phone, nonce), "keys": [jwk_of(key) for key in keys]}
    data = msgspec.json.encode(ClientData(**(said | dict(client or {}))))
    app_key = p256_key(SeededBytes(nonce))
    named: dict[str, Any] = {"credential_id": sha256(point_of(app_key)).digest()}
    stated = Authenticator(**(named | dict(authenticator or {})))
    leaf = vouching.certify(
        app_key.public_key(),
        "Simulated App Key",
        at=at - timedelta(minutes=1),
        life=timedelta(days=1),
        random=SeededBytes(nonce),
        extension=extension or nonce_extension(stated, data),
    )
    chained = [der_of(leaf), *(known if chain is None else chain)]
    return AppleAttestation(attestation_object(stated, chained), sent or data)
