from datetime import timedelta

import pytest
from asn1crypto import crl as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from pki.ca.crl import LONGEST, ListRequest, ListRule, OutsideListProfile, Revoked, check_list, sign_list
from tests.support.clock import START
from tests.support.hierarchy import Hierarchy

END = START + timedelta(days=90)


def rule_of(der: bytes, issuer: x509.Certificate, *, with_reasons: bool = False) -> ListRule:
    """Which rule refuses a list."""
    with pytest.raises(OutsideListProfile) as refusal:
        check_list(der, issuer, with_reasons=with_reasons)
    return refusal.value.rule


def builder(pki: Hierarchy) -> x509.CertificateRevocationListBuilder:
    """A list of the IACA without extensions."""
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(pki.certificate("iaca").subject)
        .last_update(START)
        .next_update(END)
    )


def signed(pki: Hierarchy, made: x509.CertificateRevocationListBuilder) -> bytes:
    """Sign it as the IACA."""
    key = pki.signer("iaca").certificate_key
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_list_of_the_profile(pki: Hierarchy) -> None:
    """A list is version 2 with exactly AKI and CRL number; its entries, in order, have a serial and a date only."""
    entries = (Revoked(9, START, x509.ReasonFlags.key_compromise), Revoked(2, START))
    crl = x509.load_der_x509_crl(sign_list(ListRequest(entries, 3, START, END), pki.authority("iaca")))
    assert [entry.serial_number for entry in crl] == [2, 9]
    assert all(len(entry.extensions) == 0 for entry in crl)
    assert {extension.oid for extension in crl.extensions} == {x509.AuthorityKeyIdentifier.oid, x509.CRLNumber.oid}
    assert crl.is_signature_valid(pki.certificate("iaca").public_key())  # type: ignore[arg-type]  # an EC key


def test_reasons_only_where_asked(pki: Hierarchy) -> None:
    """The JPKI kind carries reasons; held against Annex B such a list is refused."""
    entries = (Revoked(9, START, x509.ReasonFlags.certificate_hold),)
    der = sign_list(ListRequest(entries, 3, START, END), pki.authority("signature_ca"), with_reasons=True)
    assert rule_of(der, pki.certificate("signature_ca")) is ListRule.ENTRY_EXTENSIONS


@pytest.mark.parametrize(
    ("number", "lasts", "rule"),
    [
        (0, LONGEST, ListRule.NUMBER),
        (1, LONGEST + timedelta(seconds=1), ListRule.PERIOD),
        (1, timedelta(0), ListRule.PERIOD),
    ],
)
def test_wrong_requests(pki: Hierarchy, number: int, lasts: timedelta, rule: ListRule) -> None:
    """A list without a number, good for more than 90 days or for none, is not signed."""
    with pytest.raises(OutsideListProfile) as refusal:
        sign_list(ListRequest((), number, START, START + lasts), pki.authority("iaca"))
    assert refusal.value.rule is rule


def test_wrong_lists(pki: Hierarchy) -> None:
    """A list of another issuer, without its two extensions, or with an empty sequence of entries is refused."""
    der = sign_list(ListRequest((), 1, START, END), pki.authority("iaca"))
    check_list(der, pki.certificate("iaca"))
    assert rule_of(der, pki.certificate("systems_ca")) is ListRule.ISSUER
    assert rule_of(signed(pki, builder(pki)), pki.certificate("iaca")) is ListRule.EXTENSIONS
    critical = builder(pki).add_extension(x509.CRLNumber(1), critical=True)
    assert rule_of(signed(pki, critical), pki.certificate("iaca")) is ListRule.EXTENSIONS


def test_empty_sequence_is_refused(pki: Hierarchy) -> None:
    """RevokedCertificates is absent when nothing is revoked; an empty one is refused (RFC 5280 5.1.2.6)."""
    der = sign_list(ListRequest((Revoked(1, START),), 1, START, END), pki.authority("iaca"))
    parsed = asn1.CertificateList.load(der)
    parsed["tbs_cert_list"]["revoked_certificates"] = []
    body = asn1.TbsCertList.load(parsed["tbs_cert_list"].dump(force=True))
    parts = {name: parsed[name].copy() for name in ("signature_algorithm", "signature")}
    assert (
        rule_of(asn1.CertificateList({"tbs_cert_list": body, **parts}).dump(), pki.certificate("iaca"))
        is ListRule.EMPTY
    )
