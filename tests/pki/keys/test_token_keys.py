import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from pki.ca.crl import ListRequest, Revoked, sign_list
from pki.ca.issue import Authority, Period
from pki.iaca.root import Place, certify_iaca
from pki.keys import uri as uris
from pki.keys.faults import Fault, KeyUnusable
from pki.keys.signer import ES256, RS256, hash_of
from pki.keys.store import Listed, signing_uri, wrapping_uri
from pki.keys.token_keys import KeyStays, TokenSigner, TokenWrapping
from pki.keys.uri import list_keys, make_signer, make_wrapping_key, open_signer, open_wrapping
from tests.pki.keys.conftest import Fresh
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import Hierarchy

ALGORITHMS = ("ES256", "ES384", "RS256")
PLACE = Place("JP", "Tegata", "https://tegata.example", "http://crl.tegata.example/iaca.crl")


def fault_of(act: Callable[[], object]) -> Fault:
    """Why a key is not used."""
    with pytest.raises(KeyUnusable) as refusal:
        act()
    return refusal.value.fault


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signatures_of_the_token_verify(signers: dict[str, TokenSigner], algorithm: str) -> None:
    """ES256, ES384 and RS256 made in the token verify with OpenSSL, and do not for other bytes."""
    signer = signers[algorithm]
    signature, key, digest = signer.sign(b"data"), signer.public_key, hash_of(algorithm)

    def verify(data: bytes) -> None:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), digest)
            return
        assert len(signature) == {"ES256": 64, "ES384": 96}[algorithm]
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))

    verify(b"data")
    with pytest.raises(InvalidSignature):
        verify(b"date")
    assert signer.algorithm == algorithm


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_private_key_cannot_be_had(signers: dict[str, TokenSigner], algorithm: str) -> None:
    """Whoever asks the key object for its private half, in whatever form, is refused; a copy is the same object."""
    key = signers[algorithm].certificate_key
    form = (serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with pytest.raises(KeyStays):
        key.private_bytes(*form)
    with pytest.raises(KeyStays):
        key.private_numbers()
    with pytest.raises(KeyStays):
        key.exchange(ec.ECDH(), key.public_key()) if isinstance(key, ec.EllipticCurvePrivateKey) else key.decrypt(
            b"", padding.PKCS1v15()
        )
    assert copy.copy(key) is key
    assert copy.deepcopy(key) is key
    assert key.key_size == signers[algorithm].public_key.key_size


def test_digest_made_elsewhere_is_signed(signers: dict[str, TokenSigner]) -> None:
    """A digest that the caller made is signed as it is."""
    key = signers["ES256"].certificate_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    hasher = hashes.Hash(hashes.SHA256())
    hasher.update(b"data")
    signature = key.sign(hasher.finalize(), ec.ECDSA(Prehashed(hashes.SHA256())))
    key.public_key().verify(signature, b"data", ec.ECDSA(hashes.SHA256()))
    assert key.curve.name == "secp256r1"


def test_rsa_key_signs_one_way_only(signers: dict[str, TokenSigner]) -> None:
    """Another padding or hash than PKCS#1 v1.5 with SHA-256 is refused."""
    key = signers["RS256"].certificate_key
    assert isinstance(key, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    assert fault_of(lambda: key.sign(b"data", pss, hashes.SHA256())) is Fault.ALGORITHM
    assert fault_of(lambda: key.sign(b"data", padding.PKCS1v15(), hashes.SHA384())) is Fault.ALGORITHM


@pytest.mark.parametrize("algorithm", ["ES256", "ES384"])
def test_root_and_list_are_signed_in_the_token(signers: dict[str, TokenSigner], pki: Hierarchy, algorithm: str) -> None:
    """The builders of certificates and revocation lists sign through the token, and the profile's lint agrees."""
    signer = signers[algorithm]
    period = Period(START, START + timedelta(days=100))
    root = certify_iaca(PLACE, "Token Root", signer, period, pki.registrar())
    root.verify_directly_issued_by(root)
    request = ListRequest((Revoked(7, START),), 1, START, START + timedelta(days=1))
    crl = x509.load_der_x509_crl(sign_list(request, Authority(root, signer)))
    assert crl.is_signature_valid(root.public_key())  # type: ignore[arg-type]  # an EC key


def test_request_of_an_rsa_key_is_signed_in_the_token(signers: dict[str, TokenSigner]) -> None:
    """A certificate of the JPKI kind rests on RSA: the same builders sign with it."""
    key = signers["RS256"].certificate_key
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    assert request.is_signature_valid


def test_key_is_made_once(store: str) -> None:
    """A missing key is made in the token and never replaced; one of another algorithm is refused."""
    uri = signing_uri(store, "test", "once")
    first = make_signer(uri, ES256)
    assert make_signer(uri, ES256).public_key == first.public_key
    assert open_signer(uri).public_key == first.public_key
    assert fault_of(lambda: make_signer(uri, RS256)) is Fault.ALGORITHM
    assert fault_of(lambda: make_signer(signing_uri(store, "test", "never"), "HS256")) is Fault.ALGORITHM
    assert fault_of(lambda: open_signer(signing_uri(store, "test", "never"))) is Fault.MISSING


def test_data_keys_are_wrapped_in_the_token(wrapping: TokenWrapping, store: str) -> None:
    """A data key comes back as it was; wrapped by another key, altered or cut short it does not."""
    wrapped = wrapping.wrap(bytes(range(32)))
    assert len(wrapped) == 40
    assert wrapping.unwrap(wrapped) == bytes(range(32))
    assert open_wrapping(wrapping_uri(store, "test")).unwrap(wrapped) == bytes(range(32))
    other = make_wrapping_key(wrapping_uri(store, "other"), SeededBytes())
    for bad in (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), wrapped[:-8], wrapped[:-1], b"", bytes(4096)):
        assert fault_of(lambda bad=bad: wrapping.unwrap(bad)) is Fault.UNWRAP  # type: ignore[misc]
    assert fault_of(lambda: other.unwrap(wrapped)) is Fault.UNWRAP
    assert wrapping.unwrap(wrapped) == bytes(range(32))


@pytest.mark.parametrize("length", [0, 8, 15, 17, 520])
def test_lengths_that_are_not_wrapped(wrapping: TokenWrapping, length: int) -> None:
    """RFC 3394 wraps whole blocks, two at least; more than 512 octets is no data key."""
    assert fault_of(lambda: wrapping.wrap(bytes(length))) is Fault.LENGTH


def test_repr_names_the_key_alone(signers: dict[str, TokenSigner], wrapping: TokenWrapping) -> None:
    """What is logged of a key is its kind, token and object."""
    assert repr(signers["ES256"]) == "TokenSigner(ES256, pkcs11:token=tegata;object=test.ES256)"
    assert repr(wrapping) == "TokenWrapping(AES-256, pkcs11:token=tegata;object=test.wrapping)"


def test_wrong_type_in_the_uri(store: str) -> None:
    """A URI that names a secret key opens no signer, and one that names a private key wraps nothing."""
    path, _, query = store.partition("?")
    assert fault_of(lambda: open_signer(f"{path};object=test.ES256;type=secret-key?{query}")) is Fault.URI
    assert fault_of(lambda: open_wrapping(f"{path};object=test.wrapping;type=private?{query}")) is Fault.URI
    assert fault_of(lambda: open_signer(store)) is Fault.URI


def test_token_is_listed(signers: dict[str, TokenSigner], wrapping: TokenWrapping, store: str) -> None:
    """A list names every key in the token and says of each that it stays."""
    listed = list_keys(store)
    assert {Listed("test.ES256", "signing", True), Listed("test.wrapping", "wrapping", True)} <= set(listed)
    assert listed == sorted(listed, key=lambda key: key.name)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names a token without the extra that carries it hears its name."""
    monkeypatch.setattr(uris, "token_keys", None)
    uri = "pkcs11:token=a;object=b?module-path=/usr/lib/hsm.so&pin-source=file:/run/pin"
    for act in (open_signer, open_wrapping, list_keys, lambda name: make_signer(name, ES256)):
        with pytest.raises(KeyUnusable, match=r"tegata\[hsm\]") as refusal:
            act(uri)
        assert refusal.value.fault is Fault.PKCS11


def test_new_key_needs_a_name(fresh: Fresh) -> None:
    """A key is found by its id alone, but not made without a label."""
    address = replace(fresh(), label=None, key_id=b"\x01")
    path = f"pkcs11:token=tegata;id=%01?module-path={address.module}&pin-source=file:{address.pin_source}"
    assert fault_of(lambda: make_signer(path, ES256)) is Fault.URI
