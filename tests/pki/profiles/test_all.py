"""Every profile as a certificate that the `openssl` command reads and accepts, under its own root and no other."""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.files import write_certificate
from pki.ca.issue import certify
from pki.ca.lint import check
from pki.jpki.user_certificate import Holder, authentication_request
from pki.keys.signer import ES384, SoftwareSigner, generate
from pki.profiles import jpki
from pki.profiles.all import PROFILES
from pki.profiles.profile import Profile
from tests.pki.openssl import accepts, text
from tests.pki.profiles.specimens import REGISTRAR, Specimen, specimens
from tests.pki.trust.test_holder import ITEMS
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy

STRICT = ("-attime", str(int(START.timestamp()) + 60), "-x509_strict")


@pytest.fixture(params=PROFILES)
def specimen(request: pytest.FixtureRequest) -> Specimen:
    """One certificate of each profile in turn."""
    return specimens()[request.param]


def test_openssl_accepts_every_profile_under_its_root(specimen: Specimen, pki: Hierarchy, tmp_path: Path) -> None:
    """`openssl x509 -text` reads it and `openssl verify -x509_strict` accepts it."""
    path = tmp_path / "certificate.pem"
    write_certificate(path, specimen.certificate)
    assert accepts(pki.state / "trust" / f"{specimen.root}.pem", path, *STRICT)
    assert "Version: 3" in text(path)


def test_every_profile_passes_its_lint_and_no_other(specimen: Specimen, pki: Hierarchy) -> None:
    """What is made passes the lint of its profile; a signer passes that of no other."""
    octets = specimen.certificate.public_bytes(serialization.Encoding.DER)
    above = pki.certificate(specimen.root).public_bytes(serialization.Encoding.DER)
    issuer = None if specimen.profile.self_signed else above
    check(octets, specimen.profile, issuer=issuer)
    if not specimen.profile.self_signed:
        assert _passing(octets, above) == {specimen.profile.name}


def _passing(octets: bytes, above: bytes) -> set[str]:
    return {name for name, profile in PROFILES.items() if _passes(octets, profile, above)}


def _passes(octets: bytes, profile: Profile, above: bytes) -> bool:
    try:
        check(octets, profile, issuer=above)
    except OutsideProfile:
        return False
    return True


def test_algorithm_is_data(pki: Hierarchy) -> None:
    """The same profile with P-384 in its place of RSA certifies a key of the next card under an RSA root."""
    authority = pki.authority("authentication_ca")
    key = SoftwareSigner(generate(ES384)).public_key
    holder = Holder(ITEMS, START.replace(year=2035).date())
    request = authentication_request(holder, key, "0" * 14 + "13101003A", authority, START)
    following = replace(jpki.AUTHENTICATION, keys=frozenset({"ES384"}))
    certificate = certify(replace(request, profile=following), authority, REGISTRAR)
    assert certificate.public_key() == key
    with pytest.raises(OutsideProfile) as refusal:
        certify(request, authority, REGISTRAR)
    assert refusal.value.rule is Rule.KEY
