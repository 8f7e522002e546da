"""A CA of a few lines, so that these tests say themselves what is wrong with each certificate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Pair:
    """PEM files of a certificate and its key, and the certificate itself."""

    certificate: Path
    key: Path
    parsed: x509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as the other end sees it."""
        return self.parsed.public_bytes(serialization.Encoding.DER)


class SmallAuthority:
    """Certifies whatever a test names; TLS asks the real clock, so the real clock it is."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        root = self._certify(self._name, self._key.public_key(), x509.BasicConstraints(ca=True, path_length=0), 0)
        self.root = folder / "root.pem"
        self.root.write_bytes(root.public_bytes(PEM))

    def issue(self, name: str, *, days_ago: int = 0) -> Pair:
        """A certificate for 127.0.0.1 under this CA, expired when its two days lie `days_ago`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._certify(subject, key.public_key(), x509.BasicConstraints(ca=False, path_length=None), days_ago)
        pair = Pair(self._folder / f"{name}.pem", self._folder / f"{name}.key", made)
        pair.certificate.write_bytes(made.public_bytes(PEM))
        pair.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return pair

    def _certify(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, basic: x509.BasicConstraints, days_ago: int
    ) -> x509.Certificate:
        middle = datetime.now(UTC) - timedelta(days=days_ago)  # noqa: TID251 - TLS asks the real clock
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(middle - timedelta(days=1))
            .not_valid_after(middle + timedelta(days=1))
            .add_extension(basic, critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
