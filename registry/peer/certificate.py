"""A systems certificate as the other end of a TLS connection shows it (D7)."""

from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# What the library raises for certificates that it cannot read, some of it when a part is first looked at.
_NO_SYSTEM = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)


class NotASystem(Exception):
    """The certificate does not name a system."""


@dataclass(frozen=True)
class Peer:
    """Who is on the other end: the system its subject names, the body code where it has one, the serial."""

    system: str
    body: str | None
    serial: int


@lru_cache(maxsize=256)  # a house has a handful of peers, each of which calls again and again
def read_peer(certificate: bytes) -> Peer:
    """
    Read the peer from a DER certificate that TLS has already verified against the systems CA.

    Raises NotASystem where the subject or the purpose is not that of a systems certificate.
    """
    try:
        parsed = x509.load_der_x509_certificate(certificate)
        usage = parsed.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        subject = parsed.subject  # parts of a certificate are parsed when they are first looked at
    except _NO_SYSTEM as exc:
        raise NotASystem from exc
    names = [str(a.value) for a in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    bodies = [str(a.value) for a in subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
    if len(names) != 1 or len(bodies) > 1 or ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
        raise NotASystem
    return Peer(names[0], bodies[0] if bodies else None, parsed.serial_number)
