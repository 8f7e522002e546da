"""Simulated makers of phones: a root for each of two kinds, and what the factory puts into a phone (MDOC-23)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from wallet_sim.chance import Chance, p256_key
from wallet_sim.phone.maker_list import MakerList, Status, read_list
from wallet_sim.phone.state import PhoneState
from wallet_sim.sealed_file import write_whole

Kind = Literal["android", "apple"]
KINDS: Final[tuple[Kind, ...]] = ("android", "apple")
ROOT_LIFE, PHONE_LIFE, KEY_LIFE = timedelta(days=3652), timedelta(days=1826), timedelta(days=365)
MAKER: Final = "Tegata Simulated Maker"


@dataclass(frozen=True)
class Authority:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certify(
        self,
        public: ec.EllipticCurvePublicKey,
        name: str,
        *,
        at: datetime,
        life: timedelta,
        random: Chance,
        below: int | None = None,
        extension: x509.UnrecognizedExtension | None = None,
    ) -> x509.Certificate:
        """Certify a key; an authority when `below` says how many may stand under it, the end of a chain otherwise."""
        builder = _builder(_name(name), self.certificate.subject, public, at, life, random)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        if below is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
        builder = builder.add_extension(_usage(authority=below is not None), critical=True)
        if extension is not None:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())


class WalletMaker:
    """Who vouches for phones. The two roots are what an issuer trusts, and the two lists what it must no longer."""

    def __init__(self, roots: dict[Kind, Authority], lists: dict[Kind, MakerList] | None = None) -> None:
        self._roots = roots
        self.lists = lists or {kind: MakerList() for kind in KINDS}

    @classmethod
    def make(cls, *, at: datetime, random: Chance) -> "WalletMaker":
        """Make new roots."""
        return cls({kind: _root(kind, at, random) for kind in KINDS})

    @classmethod
    def open(cls, folder: Path, *, at: datetime, random: Chance) -> "WalletMaker":
        """Return the maker whose roots lie in a folder, made on the first run."""
        if not made(folder):
            cls.make(at=at, random=random).keep(folder, at=at)
        return cls({kind: _read(folder, kind) for kind in KINDS}, {kind: read_list(folder, kind) for kind in KINDS})

    def keep(self, folder: Path, *, at: datetime) -> None:
        """Write keys, lists and roots; the roots last, because they say that the keys are there."""
        pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        for kind, root in self._roots.items():
            pem = root.key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
            write_whole(folder / f"{kind}.key.pem", pem)
        self.publish(folder, at=at)

    def publish(self, folder: Path, *, at: datetime) -> None:
        """Write lists and root certificates, for those who are to trust them."""
        for kind in KINDS:
            self.lists[kind].publish(folder, kind, at=at)
        for kind in KINDS:
            write_whole(folder / f"{kind}.pem", self.root_pem(kind))

    def judge(self, state: PhoneState, status: Status | None) -> None:
        """Revoke or suspend what vouches for the keys of one phone, or lift that; it counts once it is published."""
        vouching = x509.load_der_x509_certificate(state.attestation_chain[0])
        self.lists[state.kind].say(vouching.serial_number, status)

    def root_pem(self, kind: Kind) -> bytes:
        """Return one root certificate."""
        return self._roots[kind].certificate.public_bytes(serialization.Encoding.PEM)

    def equip(self, kind: Kind, *, at: datetime, random: Chance) -> tuple[ec.EllipticCurvePrivateKey, list[bytes]]:
        """
        Return the key that vouches for a phone's keys, and the chain over it without the root.

        In an Android-like phone the key lies in its secure area, below the factory's authority. In an Apple-like one it
        is that of the maker's service, which the simulated phone plays itself.
        """
        root, key = self._roots[kind], p256_key(random)
        if kind == "apple":
            service = root.certify(
                key.public_key(), "Simulated App Attestation", at=at, life=PHONE_LIFE, random=random, below=0
            )
            return key, [der_of(service)]
        factory_key = p256_key(random)
        factory = Authority(
            root.certify(factory_key.public_key(), "Simulated Factory", at=at, life=PHONE_LIFE, random=random, below=1),
            factory_key,
        )
        phone = factory.certify(key.public_key(), "Simulated Phone", at=at, life=PHONE_LIFE, random=random, below=0)
        return key, [der_of(phone), der_of(factory.certificate)]


def made(folder: Path) -> bool:
    """Tell whether a maker's roots lie in a folder."""
    return all((folder / f"{kind}.pem").exists() for kind in KINDS)


def der_of(certificate: x509.Certificate) -> bytes:
    """Return a certificate as it travels."""
    return certificate.public_bytes(serialization.Encoding.DER)


def _root(kind: Kind, at: datetime, random: Chance) -> Authority:
    key, name = p256_key(random), _name(f"{MAKER} ({kind})")
    builder = _builder(name, name, key.public_key(), at, ROOT_LIFE, random)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def _read(folder: Path, kind: Kind) -> Authority:
    key = serialization.load_pem_private_key((folder / f"{kind}.key.pem").read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the maker's key is on P-256")
    return Authority(x509.load_pem_x509_certificate((folder / f"{kind}.pem").read_bytes()), key)


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
