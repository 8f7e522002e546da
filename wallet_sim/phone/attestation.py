"""Key attestation of a simulated wallet maker: a root of its own, one certificate for each phone (MDOC-2, MDOC-23)."""

from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wallet_sim.chance import Chance, p256_key
from wallet_sim.phone.secure_area import jwk_of, load
from wallet_sim.phone.state import Enrolment, PhoneState
from wallet_sim.sealed_file import write_whole

ROOT_DAYS, PHONE_DAYS = timedelta(days=3652), timedelta(days=1826)
LIFE: Final = timedelta(minutes=5)
STRENGTH: Final = "iso_18045_high"
MAKER: Final = "Tegata Simulated Wallet Maker"


class WalletMaker:
    """Who makes the wallet and vouches for its phones. `root` is what an issuer trusts."""

    def __init__(self, root: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.root = root
        self._key = key

    @classmethod
    def make(cls, *, at: datetime, random: Chance) -> "WalletMaker":
        """Make a new root."""
        key = p256_key(random)
        name = _name(MAKER)
        builder = _builder(name, name, key.public_key(), at, ROOT_DAYS, random)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(authority=True), critical=True)
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def open(cls, folder: Path, *, at: datetime, random: Chance) -> "WalletMaker":
        """Return the maker whose root is `root.pem` in a folder, made on the first run."""
        if not (folder / "root.pem").exists():
            cls.make(at=at, random=random).keep(folder)
        key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the maker's key is on P-256")
        return cls(x509.load_pem_x509_certificate((folder / "root.pem").read_bytes()), key)

    def keep(self, folder: Path) -> None:
        """Write key and root; the root last, because it says that the key is there."""
        pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        write_whole(folder / "key.pem", self._key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
        write_whole(folder / "root.pem", self.root_pem)

    @property
    def root_pem(self) -> bytes:
        """The root certificate, for those who are to trust it."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def certify(self, phone: ec.EllipticCurvePublicKey, *, at: datetime, random: Chance) -> bytes:
        """Return the certificate (DER) that the factory puts into a phone's secure area."""
        builder = _builder(_name("Simulated Phone"), self.root.subject, phone, at, PHONE_DAYS, random)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        builder = builder.add_extension(_usage(authority=False), critical=True)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def attest(state: PhoneState, enrolment: Enrolment, *, nonce: str, at: datetime) -> str:
    """
    Return the attestation of all keys of one application: JWS ES256, `key-attestation+jwt`, chain in x5c.

    The order of `attested_keys` is device keys, binding key, sealing key.
    """
    keys = [*enrolment.device_keys, enrolment.binding_key, enrolment.sealing_key]
    claims = {
        "iat": int(at.timestamp()),
        "exp": int((at + LIFE).timestamp()),
        "nonce": nonce,
        "attested_keys": [jwk_of(load(key)) for key in keys],
        "key_storage": [STRENGTH],
        "user_authentication": [STRENGTH],
        "app_install_id": state.app_install_id,
    }
    headers = {"typ": "key-attestation+jwt", "x5c": [b64encode(state.attestation_certificate).decode()]}
    return jwt.encode(claims, load(state.attestation_key), algorithm="ES256", headers=headers)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, MAKER),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    at: datetime,
    life: timedelta,
    random: Chance,
) -> x509.CertificateBuilder:
    # RFC 5280 4.1.2.2: positive, at most 20 octets.
    serial = int.from_bytes(b"\x01" + random(15), "big")
    begin = at.replace(microsecond=0)
    builder = x509.CertificateBuilder(issuer, subject, key, serial, begin, begin + life)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
