"""Names of certificate subjects, written in the order and with the string types that Annex B and D7 ask for."""

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import NameOID

_ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


def subject(parts: Iterable[tuple[str, str | None]]) -> x509.Name:
    """
    Build a name from (short attribute name, text) in the order given; a text of None leaves its attribute out.

    Country becomes a PrintableString and everything else a UTF8String. Raises ValueError for a text that is too long
    and KeyError for an attribute that these profiles do not use.
    """
    return x509.Name([x509.NameAttribute(_ATTRIBUTES[short], text) for short, text in parts if text is not None])


def directory(parts: Iterable[tuple[str, str | None]]) -> x509.DirectoryName:
    """Build the same as a directoryName for alternative names and distribution points."""
    return x509.DirectoryName(subject(parts))
