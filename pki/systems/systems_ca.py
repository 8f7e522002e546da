"""The systems CA: certificates of systems, contractors and bodies (D7), and of the public TLS listeners (D16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from cryptography import x509

from pki.ca.crl import LONGEST, ListRequest, Revoked, sign_list
from pki.ca.issue import Authority, Period, Registrar, Request, certify, certify_root
from pki.ca.name import subject
from pki.keys.signer import PublicKey, Signer
from pki.profiles.profile import Profile
from pki.profiles.systems import PUBLIC_SERVER, SYSTEM


@dataclass(frozen=True, slots=True)
class House:
    """Whose systems these are: country, organisation, and the domain their names live under."""

    country: str
    organisation: str
    domain: str


def certify_house_root(
    profile: Profile, house: House, common_name: str, signer: Signer, period: Period, registrar: Registrar
) -> x509.Certificate:
    """Make a self-signed root named after the house (systems CA, public TLS CA, card-data CA)."""
    name = subject((("C", house.country), ("O", house.organisation), ("CN", common_name)))
    return certify_root(Request(profile, name, signer.public_key, period), signer, registrar)


def certify_system(
    house: House,
    system: str,
    body: str | None,
    key: PublicKey,
    period: Period,
    authority: Authority,
    registrar: Registrar,
) -> x509.Certificate:
    """
    Certify one system: CN is the system, OU the body code where several bodies run it, SAN `<system>.<domain>`.

    The same certificate serves as server and as client, because every pair of systems authenticates both ways.
    """
    name = subject((("C", house.country), ("O", house.organisation), ("OU", body), ("CN", system)))
    names = (x509.DNSName(f"{system}.{house.domain}"),)
    return certify(Request(SYSTEM, name, key, period, alternative_names=names), authority, registrar)


def certify_listener(
    house: House, hosts: Sequence[str], key: PublicKey, period: Period, authority: Authority, registrar: Registrar
) -> x509.Certificate:
    """Certify a public TLS listener for host names and IP addresses; the first one is its common name."""
    name = subject((("C", house.country), ("O", house.organisation), ("CN", hosts[0])))
    names = tuple(_host(host) for host in hosts)
    return certify(Request(PUBLIC_SERVER, name, key, period, alternative_names=names), authority, registrar)


def list_revoked(entries: Sequence[Revoked], number: int, authority: Authority, at: datetime) -> bytes:
    """Sign the list of revoked system certificates (DER), good for 90 days."""
    return sign_list(ListRequest(tuple(entries), number, at, at + LONGEST), authority)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
