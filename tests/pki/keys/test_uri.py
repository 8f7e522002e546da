import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.files import create_secret
from pki.keys.signer import ES256, ES384, RS256, generate
from pki.keys.uri import key_path, make_signer, make_wrapping_key, open_signer, open_wrapping
from tests.support.entropy import SeededBytes


def fault_of(uri: str) -> Fault:
    """Why a key cannot be opened."""
    with pytest.raises(KeyUnusable) as refusal:
        open_signer(uri)
    return refusal.value.fault


def pkcs8(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    """A key as it stands in a file."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_key_is_made_once(tmp_path: Path) -> None:
    """A missing key is made with mode 0600 in a folder of mode 0700, and never replaced."""
    path = tmp_path / "keys" / "signer.pem"
    first = make_signer(path.as_uri(), ES256)
    written = path.read_bytes()
    again = make_signer(path.as_uri(), ES256)
    assert path.read_bytes() == written
    assert again.public_key == first.public_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_whoever_comes_second_keeps_the_first(tmp_path: Path) -> None:
    """Two processes that make the same key end up with one: the second write changes nothing."""
    assert create_secret(tmp_path / "key", b"first") is True
    assert create_secret(tmp_path / "key", b"second") is False
    assert (tmp_path / "key").read_bytes() == b"first"


def test_path_with_escapes(tmp_path: Path) -> None:
    """A path with a space travels percent-encoded, with one slash or three."""
    assert key_path("file:/a%20b/key.pem") == key_path("file:///a%20b/key.pem") == Path("/a b/key.pem")


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("relative/key.pem", Fault.URI),
        ("file:relative.pem", Fault.URI),
        ("file://host/key.pem", Fault.URI),
        ("file:/key.pem?pin=1", Fault.URI),
        ("https:/key.pem", Fault.URI),
        ("pkcs11:token=ds;object=2026", Fault.URI),
        ("file:/nowhere/key.pem", Fault.MISSING),
    ],
)
def test_refused_uris(uri: str, fault: Fault) -> None:
    """What is neither an absolute file nor a token with its terms is refused with its own reason."""
    assert fault_of(uri) is fault


def test_key_readable_by_others_is_refused(tmp_path: Path) -> None:
    """A key file that its group may read is not used."""
    path = tmp_path / "key.pem"
    make_signer(path.as_uri(), ES256)
    path.chmod(0o640)
    assert fault_of(path.as_uri()) is Fault.PERMISSIONS


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    """A folder, a file without a key, one that is too long and a key of another kind are refused."""
    ed25519_pem = pkcs8(ed25519.Ed25519PrivateKey.generate())
    cases = {
        "text": (b"no key", Fault.UNREADABLE),
        "long": (b"x" * 20_000, Fault.LENGTH),
        "ed": (ed25519_pem, Fault.ALGORITHM),
    }
    for name, (content, fault) in cases.items():
        create_secret(tmp_path / name, content)
        assert fault_of((tmp_path / name).as_uri()) is fault
    assert fault_of(tmp_path.as_uri()) is Fault.UNREADABLE


def test_halves_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    """An RSA key whose public exponent is not its own would make signatures that nobody can verify: it is not used."""
    own = generate(RS256).private_numbers()
    assert isinstance(own, rsa.RSAPrivateNumbers)
    public = rsa.RSAPublicNumbers(3, own.public_numbers.n)
    mixed = rsa.RSAPrivateNumbers(own.p, own.q, own.d, own.dmp1, own.dmq1, own.iqmp, public).private_key(
        unsafe_skip_rsa_key_validation=True
    )
    create_secret(tmp_path / "key.pem", pkcs8(mixed))
    assert fault_of((tmp_path / "key.pem").as_uri()) is Fault.UNREADABLE


def test_key_of_another_algorithm_is_refused(tmp_path: Path) -> None:
    """An existing key of another algorithm is neither used nor replaced; an unknown algorithm makes no file."""
    uri = (tmp_path / "key.pem").as_uri()
    make_signer(uri, ES256)
    for algorithm in (ES384, "HS256"):
        with pytest.raises(KeyUnusable) as refusal:
            make_signer(uri, algorithm)
        assert refusal.value.fault is Fault.ALGORITHM
    assert open_signer(uri).algorithm == ES256


def test_wrapping_key_is_made_once(tmp_path: Path, entropy: SeededBytes) -> None:
    """A wrapping key is 32 octets of the given chance, opened again as it is."""
    uri = (tmp_path / "wrapping.key").as_uri()
    wrapped = make_wrapping_key(uri, entropy).wrap(b"0123456789abcdef")
    assert make_wrapping_key(uri, entropy).unwrap(wrapped) == b"0123456789abcdef"
    assert open_wrapping(uri).unwrap(wrapped) == b"0123456789abcdef"
    assert len((tmp_path / "wrapping.key").read_bytes()) == 32
