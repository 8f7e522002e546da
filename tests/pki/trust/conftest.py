"""Certificates bent on purpose, one rule at a time."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pki.trust.anchors import Anchors, read_anchors
from tests.support.clock import START

AT = START
ROOT_KEY = ec.generate_private_key(ec.SECP256R1())
LEAF_KEY = ec.generate_private_key(ec.SECP256R1())
MDL_DS = x509.ObjectIdentifier("1.0.18013.5.1.2")

Extension = tuple[x509.ExtensionType, bool]


BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def usage(*names: str) -> x509.KeyUsage:
    """A key usage with just these bits."""
    return x509.KeyUsage(**{bit: bit in names for bit in BITS})


def name(country: str | None = "JP", common_name: str = "Root", state: str | None = None) -> x509.Name:
    """A subject."""
    oids = x509.NameOID
    parts = ((oids.COUNTRY_NAME, country), (oids.STATE_OR_PROVINCE_NAME, state), (oids.COMMON_NAME, common_name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value is not None])


@dataclass(frozen=True)
class Sheet:
    """A certificate to be written; replace() bends it."""

    subject: x509.Name
    issuer: x509.Name
    key: Any
    signer: Any
    begin: datetime = AT - timedelta(days=10)
    end: datetime = AT + timedelta(days=10)
    extensions: dict[str, Extension] = field(default_factory=dict)
    hash: Any = field(default_factory=hashes.SHA256)

    def but(self, **changes: Any) -> "Sheet":
        """The same with something else in it."""
        return replace(self, **changes)

    def with_extension(self, label: str, extension: Extension | None) -> "Sheet":
        """The same with another extension, or without one."""
        rest = {key: value for key, value in self.extensions.items() if key != label}
        return replace(self, extensions=rest if extension is None else rest | {label: extension})

    def sign(self) -> x509.Certificate:
        """Write it."""
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(self.issuer)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begin)
            .not_valid_after(self.end)
        )
        for value, critical in self.extensions.values():
            builder = builder.add_extension(value, critical=critical)
        return builder.sign(self.signer, self.hash)

    def der(self) -> bytes:
        """Write it as it travels."""
        return self.sign().public_bytes(serialization.Encoding.DER)

    def anchors(self, doc_types: list[str] | None = None) -> Anchors:
        """Write it as an anchor."""
        return read_anchors(self.sign().public_bytes(serialization.Encoding.PEM), doc_types)


ROOT = Sheet(
    name(),
    name(),
    ROOT_KEY,
    ROOT_KEY,
    begin=AT - timedelta(days=100),
    end=AT + timedelta(days=100),
    extensions={
        "constraints": (x509.BasicConstraints(ca=True, path_length=0), True),
        "usage": (usage("key_cert_sign", "crl_sign"), True),
    },
)
LEAF = Sheet(
    name(common_name="Signer"),
    name(),
    LEAF_KEY,
    ROOT_KEY,
    extensions={
        "usage": (usage("digital_signature"), True),
        "extended": (x509.ExtendedKeyUsage([MDL_DS]), True),
    },
)
