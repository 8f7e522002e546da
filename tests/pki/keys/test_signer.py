import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.signer import ES256, ES384, RS256, SoftwareSigner, algorithm_of, generate
from tests.support.hierarchy import rsa_key


@pytest.mark.parametrize(("algorithm", "width"), [(ES256, 32), (ES384, 48)])
def test_ecdsa_signature_is_raw(algorithm: str, width: int) -> None:
    """An ECDSA signer gives r || s of fixed width over the curve's own hash."""
    signer = SoftwareSigner(generate(algorithm))
    signature = signer.sign(b"message")
    assert (signer.algorithm, len(signature)) == (algorithm, 2 * width)
    r, s = int.from_bytes(signature[:width], "big"), int.from_bytes(signature[width:], "big")
    digest = hashes.SHA256() if algorithm == ES256 else hashes.SHA384()
    assert isinstance(signer.public_key, ec.EllipticCurvePublicKey)
    signer.public_key.verify(encode_dss_signature(r, s), b"message", ec.ECDSA(digest))


def test_rsa_signature() -> None:
    """An RSA signer gives PKCS#1 v1.5 with SHA-256."""
    signer = SoftwareSigner(rsa_key())
    assert signer.algorithm == RS256
    assert isinstance(signer.public_key, rsa.RSAPublicKey)
    signer.public_key.verify(signer.sign(b"message"), b"message", padding.PKCS1v15(), hashes.SHA256())


def test_repr_shows_the_algorithm_only() -> None:
    """Printing a signer shows nothing of its key."""
    assert repr(SoftwareSigner(generate(ES256))) == "SoftwareSigner(ES256)"


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 1024),  # noqa: S505 - weak on purpose
    ],
    ids=["P-521", "Ed25519", "RSA-1024"],
)
def test_other_keys_are_refused(key: object) -> None:
    """A curve that is not used here, another kind of key and a short RSA key are refused."""
    with pytest.raises(KeyUnusable) as refusal:
        algorithm_of(key)
    assert refusal.value.fault is Fault.ALGORITHM


def test_unknown_algorithm_is_refused() -> None:
    """No key is made for a name that is not one of the three."""
    with pytest.raises(KeyUnusable):
        generate("HS256")
