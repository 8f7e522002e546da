"""The reader CA: readers of registered relying parties (ISO/IEC 18013-5 Annex B.1.7)."""

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, Request, certify
from pki.ca.name import subject
from pki.keys.signer import PublicKey
from pki.profiles.annex_b import READER
from pki.systems.systems_ca import House


def certify_reader(
    house: House,
    reader: str,
    revocation_list: str,
    key: PublicKey,
    period: Period,
    authority: Authority,
    registrar: Registrar,
) -> x509.Certificate:
    """Certify the reader of a relying party that was registered under the name `reader`; at most 1187 days."""
    name = subject((("C", house.country), ("CN", reader)))
    points = (x509.UniformResourceIdentifier(revocation_list),)
    return certify(Request(READER, name, key, period, distribution_points=points), authority, registrar)
