"""The revocation list of the systems CA, read from a file that is replaced."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from registry.peer.crl import StaleList, SystemsCrl
from tests.support.clock import START

CA_KEY = ec.generate_private_key(ec.SECP256R1())
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Systems CA")])


def authority() -> bytes:
    """Return the CA certificate in PEM."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(CA_KEY.public_key())
        .serial_number(1)
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=99))
    )
    return builder.sign(CA_KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def revocation_list(*serials: int, key: ec.EllipticCurvePrivateKey = CA_KEY) -> bytes:
    """Return a list in DER that revokes the serials."""
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=NAME, last_update=START - timedelta(days=1), next_update=START + timedelta(days=1)
    )
    for serial in serials:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(START).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_listed_serial_is_revoked_and_a_new_list_is_noticed(tmp_path: Path) -> None:
    """The file is read again when it was replaced."""
    path = tmp_path / "systems.crl"
    path.write_bytes(revocation_list(7))
    crl = SystemsCrl(path, authority())

    assert crl.is_revoked(7, START)
    assert not crl.is_revoked(8, START)
    path.write_bytes(revocation_list(7, 8, 9))
    assert crl.is_revoked(8, START)


@pytest.mark.requirement("LINK-9")
@pytest.mark.parametrize(
    "content",
    [b"", b"garbage", revocation_list(7, key=ec.generate_private_key(ec.SECP256R1()))],
    ids=["empty", "garbage", "foreign signature"],
)
def test_a_list_that_cannot_be_trusted_is_stale(tmp_path: Path, content: bytes) -> None:
    """An unreadable list and one signed by somebody else decide nothing."""
    path = tmp_path / "systems.crl"
    path.write_bytes(content)

    with pytest.raises(StaleList):
        SystemsCrl(path, authority()).is_revoked(7, START)


def test_a_missing_or_old_list_is_stale(tmp_path: Path) -> None:
    """No list and a list past its next update refuse everybody."""
    path = tmp_path / "systems.crl"
    with pytest.raises(StaleList):
        SystemsCrl(path, authority()).is_revoked(7, START)
    path.write_bytes(revocation_list())
    with pytest.raises(StaleList):
        SystemsCrl(path, authority()).is_revoked(7, START + timedelta(days=2))
