from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pki.ca.crl import ListRequest, Revoked, sign_list
from pki.trust.revocation import ListFault, State, UnusableList, read_crl, revocation_by, state_of
from tests.pki.trust.conftest import AT, LEAF
from tests.support.hierarchy import Hierarchy

HOLD = x509.ReasonFlags.certificate_hold


def a_list(pki: Hierarchy, *entries: Revoked, with_reasons: bool = True) -> bytes:
    """A list of the IACA, made at AT and good for ten days."""
    request = ListRequest(entries, 7, AT, AT + timedelta(days=10))
    return sign_list(request, pki.authority("iaca"), with_reasons=with_reasons)


def test_states(pki: Hierarchy) -> None:
    """A serial is good, held or revoked as the list says; an entry without a reason is revoked."""
    entries = (Revoked(1, AT, HOLD), Revoked(2, AT, x509.ReasonFlags.superseded), Revoked(3, AT))
    crl = read_crl(a_list(pki, *entries), pki.certificate("iaca"))
    assert [crl.state(serial, AT) for serial in (1, 2, 3, 4)] == [State.HELD, State.REVOKED, State.REVOKED, State.GOOD]


def test_before_the_revocation_it_was_good(pki: Hierarchy) -> None:
    """An entry says nothing of the time before its date."""
    crl = read_crl(a_list(pki, Revoked(1, AT + timedelta(days=1))), pki.certificate("iaca"))
    assert crl.state(1, AT) is State.GOOD
    assert crl.state(1, AT + timedelta(days=1)) is State.REVOKED


def test_certificate_of_the_issuer(pki: Hierarchy) -> None:
    """The state of a certificate is asked from its own issuer's list only."""
    signer, iaca = pki.certificate("document_signer"), pki.certificate("iaca")
    der = a_list(pki, Revoked(signer.serial_number, AT))
    assert state_of(signer, der, issuer=iaca, at=AT) is State.REVOKED
    assert state_of(pki.certificate("status_signer"), der, issuer=iaca, at=AT) is State.GOOD
    assert state_of(pki.certificate("card_data_signer"), der, issuer=iaca, at=AT) is State.UNKNOWN
    assert state_of(signer, b"", issuer=iaca, at=AT) is State.UNKNOWN


def test_several_lists_answer_for_their_own_issuers(pki: Hierarchy) -> None:
    """Of several lists the one of the certificate's issuer answers while it is current; without one it is unknown."""
    signer, iaca = pki.certificate("document_signer"), pki.certificate("iaca")
    stale = read_crl(
        sign_list(ListRequest((), 6, AT - timedelta(days=9), AT - timedelta(days=8)), pki.authority("iaca")), iaca
    )
    ours = read_crl(a_list(pki, Revoked(signer.serial_number, AT)), iaca)
    answer = revocation_by([stale, ours])
    assert answer(signer, AT) is State.REVOKED
    assert answer(pki.certificate("status_signer"), AT) is State.GOOD
    assert answer(pki.certificate("card_data_signer"), AT) is State.UNKNOWN
    assert answer(signer, AT + timedelta(days=11)) is State.UNKNOWN
    assert revocation_by([])(signer, AT) is State.UNKNOWN


@pytest.mark.parametrize(
    ("shift", "fault"), [(timedelta(seconds=-1), ListFault.NOT_YET), (timedelta(days=10, seconds=1), ListFault.STALE)]
)
def test_list_out_of_date_is_refused(pki: Hierarchy, shift: timedelta, fault: ListFault) -> None:
    """A list from the future or past its next update tells nothing: unknown, never good."""
    der, iaca = a_list(pki), pki.certificate("iaca")
    with pytest.raises(UnusableList) as refusal:
        read_crl(der, iaca).state(1, AT + shift)
    assert refusal.value.fault is fault
    assert state_of(pki.certificate("document_signer"), der, issuer=iaca, at=AT + shift) is State.UNKNOWN


def fault_of(der: bytes, issuer: x509.Certificate) -> ListFault:
    """Why a list cannot be used."""
    with pytest.raises(UnusableList) as refusal:
        read_crl(der, issuer)
    return refusal.value.fault


def test_foreign_and_altered_lists_are_refused(pki: Hierarchy) -> None:
    """A list that is no list, too large, of another issuer, altered, or signed with another key is refused."""
    der, iaca = a_list(pki), pki.certificate("iaca")
    assert fault_of(b"no list", iaca) is ListFault.MALFORMED
    assert fault_of(bytes(17 * 1024 * 1024), iaca) is ListFault.MALFORMED
    assert fault_of(der, pki.certificate("systems_ca")) is ListFault.ISSUER
    assert fault_of(der[:-1] + bytes([der[-1] ^ 1]), iaca) is ListFault.SIGNATURE
    forged = handmade(iaca, ec.generate_private_key(ec.SECP256R1()))
    assert fault_of(forged, iaca) is ListFault.SIGNATURE


def test_partial_list_is_refused(pki: Hierarchy) -> None:
    """A delta list, which carries a critical extension, is not taken for a complete one."""
    key = pki.signer("iaca").certificate_key
    delta = handmade(pki.certificate("iaca"), key, x509.DeltaCRLIndicator(1))
    assert fault_of(delta, pki.certificate("iaca")) is ListFault.EXTENSION


def test_entry_that_cannot_be_read_is_no_answer(pki: Hierarchy) -> None:
    """An entry whose reason is malformed makes the list unusable for that certificate."""
    broken = x509.UnrecognizedExtension(x509.CRLReason.oid, b"\x04\x01x")
    entry = x509.RevokedCertificateBuilder().serial_number(1).revocation_date(AT).add_extension(broken, critical=False)
    issuer, key = pki.certificate("iaca"), pki.signer("iaca").certificate_key
    crl = read_crl(handmade(issuer, key, entries=(entry.build(),)), issuer)
    with pytest.raises(UnusableList) as refusal:
        crl.state(1, AT)
    assert refusal.value.fault is ListFault.MALFORMED


def test_issuer_with_another_kind_of_key(pki: Hierarchy) -> None:
    """A list of an EC key under an RSA issuer of the same name is refused."""
    rsa_issuer = pki.certificate("card_data_ca")
    forged = handmade(rsa_issuer, LEAF.key)
    assert fault_of(forged, rsa_issuer) is ListFault.SIGNATURE


def handmade(
    issuer: x509.Certificate,
    key: object,
    *critical: x509.ExtensionType,
    entries: tuple[x509.RevokedCertificate, ...] = (),
) -> bytes:
    """A list in an issuer's name, signed with any key."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(AT)
        .next_update(AT + timedelta(days=1))
    )
    for entry in entries:
        builder = builder.add_revoked_certificate(entry)
    for extension in critical:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)  # type: ignore[arg-type]  # any key
