from datetime import timedelta

import pytest
from cryptography import x509

from pki.ca.draft import OutsideProfile, Rule
from pki.ca.issue import Period
from pki.iaca.root import Place, certify_iaca
from pki.keys.signer import ES384, SoftwareSigner, generate
from tests.pki.openssl import accepts, text
from tests.support.clock import START
from tests.support.hierarchy import BEGIN, Hierarchy

PLACE = Place("JP", "Tegata", "mailto:iaca@tegata.example", "http://crl.tegata.example/iaca.crl", "JP-13")
AT_TIME = ("-attime", str(int(BEGIN.timestamp()) + 60), "-x509_strict")


def test_openssl_reads_the_root(pki: Hierarchy) -> None:
    """OpenSSL verifies the IACA root strictly and reads a critical authority of path length zero."""
    path = pki.state / "trust" / "iaca.pem"
    assert accepts(path, path, *AT_TIME)
    shown = text(path)
    for line in ("CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", "URI:https://tegata.example/iaca"):
        assert line in shown


def test_root_of_a_state_with_mail_address(pki: Hierarchy) -> None:
    """A root may name a state and a mail address, on P-384."""
    signer = SoftwareSigner(generate(ES384))
    period = Period(START, START.replace(year=2046) - timedelta(seconds=1))
    root = certify_iaca(PLACE, "IACA", signer, period, pki.registrar())
    names = root.extensions.get_extension_for_class(x509.IssuerAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["iaca@tegata.example"]
    assert "ST=JP-13" in root.subject.rfc4514_string()


def test_root_for_too_long_is_refused(pki: Hierarchy) -> None:
    """A root for more than twenty years is refused (Annex B.1.2)."""
    signer = SoftwareSigner(generate(ES384))
    with pytest.raises(OutsideProfile) as refusal:
        certify_iaca(PLACE, "IACA", signer, Period(START, START.replace(year=2047)), pki.registrar())
    assert refusal.value.rule is Rule.VALIDITY
