from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import Period
from pki.keys.signer import ES256, generate
from pki.systems.systems_ca import House, certify_listener, certify_system, list_revoked
from pki.trust.revocation import State, state_of
from tests.pki.iaca.test_root import AT_TIME
from tests.pki.openssl import accepts, text
from tests.support.clock import START
from tests.support.hierarchy import BEGIN, Hierarchy, plan

HOUSE = House("JP", "Tegata", "tegata.internal")
KEY = generate(ES256).public_key()
YEAR = Period(START, START + timedelta(days=365))


def test_openssl_accepts_every_system(pki: Hierarchy) -> None:
    """OpenSSL accepts each system's certificate under the systems CA, as server and as client."""
    root = pki.state / "trust" / "systems_ca.pem"
    folders = sorted((pki.state / "systems").iterdir())
    assert len(folders) == sum(len(bodies) for bodies in plan().systems.values())
    for purpose in ("sslserver", "sslclient"):
        assert accepts(root, folders[0] / "certificate.pem", *AT_TIME, "-purpose", purpose)
    assert all(accepts(root, folder / "certificate.pem", *AT_TIME) for folder in folders)


@pytest.mark.requirement("LINK-9")
def test_certificate_names_system_and_body(pki: Hierarchy) -> None:
    """The subject names the system and its body, the SAN its internal name; another root does not vouch for it."""
    path = pki.state / "systems" / "municipal-cs-131016" / "certificate.pem"
    shown = text(path)
    assert "Subject: C=JP, O=Tegata, OU=131016, CN=municipal-cs" in shown
    assert "DNS:municipal-cs.tegata.internal" in shown
    assert not accepts(pki.state / "trust" / "public_ca.pem", path, *AT_TIME)


@pytest.mark.requirement("LINK-17")
def test_ended_contract_is_revoked(pki: Hierarchy) -> None:
    """The certificate of a contractor whose contract ended stands in the systems' list; its successor's does not."""
    crl = (pki.state / "trust" / "systems.crl").read_bytes()
    root = pki.certificate("systems_ca")
    states = {
        body: state_of(pki.pair(f"systems/call-centre{body}")[0], crl, issuer=root, at=BEGIN)
        for body in ("", "-former")
    }
    assert states == {"": State.GOOD, "-former": State.REVOKED}


def test_list_is_good_for_ninety_days(pki: Hierarchy) -> None:
    """A list of revoked systems is complete, numbered, and good for 90 days."""
    crl = x509.load_der_x509_crl(list_revoked([], 5, pki.authority("systems_ca"), START))
    assert crl.next_update_utc == START + timedelta(days=90)
    assert len(list(crl)) == 0


def test_openssl_accepts_the_listeners(pki: Hierarchy) -> None:
    """OpenSSL accepts the public listeners for localhost and the loopback address, and for nobody else."""
    root = pki.state / "trust" / "public_ca.pem"
    path = pki.state / "public" / "edge" / "certificate.pem"
    assert accepts(root, path, *AT_TIME, "-purpose", "sslserver", "-verify_hostname", "localhost")
    assert accepts(root, path, *AT_TIME, "-purpose", "sslserver", "-verify_ip", "127.0.0.1")
    assert not accepts(root, path, *AT_TIME, "-verify_hostname", "tegata.example")
    assert not accepts(root, path, *AT_TIME, "-purpose", "sslclient")


def test_outside_their_profiles_is_refused(pki: Hierarchy) -> None:
    """A system for more than 825 days and a listener for more than 397 are refused."""
    long = Period(START, START + timedelta(days=900))
    systems, public = pki.authority("systems_ca"), pki.authority("public_ca")
    with pytest.raises(OutsideProfile) as refusal:
        certify_system(HOUSE, "juki", None, KEY, long, systems, pki.registrar())
    assert refusal.value.rule is Rule.VALIDITY
    with pytest.raises(OutsideProfile) as refusal:
        certify_listener(HOUSE, ["localhost"], KEY, long, public, pki.registrar())
    assert refusal.value.rule is Rule.VALIDITY


def test_listener_is_no_system(pki: Hierarchy) -> None:
    """A listener's certificate is of the server kind only and names host and address in its SAN."""
    certificate = certify_listener(HOUSE, ["localhost", "::1"], KEY, YEAR, pki.authority("public_ca"), pki.registrar())
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
