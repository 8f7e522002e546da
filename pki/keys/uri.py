"""Keys are named by URI: `file:` in development, `pkcs11:` (RFC 7512) in production (D13)."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.files import create_secret, read_secret
from pki.keys.signer import ALGORITHMS, PrivateKey, Signer, SoftwareSigner, generate
from pki.keys.store import Listed, list_folder
from pki.keys.token_uri import SCHEME, TokenUri, read_token_uri
from pki.keys.wrapping import Wrapping, create_wrapping, read_wrapping

try:
    from pki.keys import token_keys
except ImportError:  # python-pkcs11 comes with the extra `hsm`
    token_keys = None  # type: ignore[assignment]


def key_path(uri: str) -> Path:
    """
    Read a `file:` URI with an absolute path (RFC 8089).

    Raises KeyUnusable for another scheme, a host, a relative path, a query or a fragment.
    """
    parts = urlsplit(uri)
    path = Path(unquote(parts.path))
    plain = not (parts.netloc or parts.query or parts.fragment)
    if parts.scheme != "file" or not plain or not path.is_absolute():
        raise KeyUnusable(Fault.URI, "a key is named file:/absolute/path or pkcs11:...")
    return path


def open_signer(uri: str) -> Signer:
    """Open an existing signing key; KeyUnusable when it is missing, too open, out of reach, or no key we use."""
    if uri.startswith(SCHEME):
        address = _in_token(uri)
        return token_keys.open_token_signer(address)
    path = key_path(uri)
    return SoftwareSigner(_private_key(read_secret(path), path))


def make_signer(uri: str, algorithm: str) -> Signer:
    """
    Open the signing key at `uri`, making it first when there is none; an existing key is never replaced.

    `algorithm` is ES256, ES384 or RS256. Raises KeyUnusable when the key that is there is of another algorithm.
    """
    signer = _make_in_token(uri, algorithm) if uri.startswith(SCHEME) else _make_in_file(uri, algorithm)
    if signer.algorithm != algorithm:
        raise KeyUnusable(
            Fault.ALGORITHM, f"{uri.partition('?')[0]} holds a key for {signer.algorithm}, not {algorithm}"
        )
    return signer


def _make_in_file(uri: str, algorithm: str) -> Signer:
    path = key_path(uri)
    if algorithm not in ALGORITHMS:
        raise KeyUnusable(Fault.ALGORITHM, f"one of {', '.join(ALGORITHMS)} is expected")
    if not path.exists():
        create_secret(path, _pem(generate(algorithm)))
    return open_signer(uri)


def _in_token(uri: str) -> TokenUri:
    if token_keys is None:
        raise KeyUnusable(Fault.PKCS11, "keys in a PKCS#11 token need the extra: pip install 'tegata[hsm]'")
    return read_token_uri(uri)


def _make_in_token(uri: str, algorithm: str) -> Signer:
    address = _in_token(uri)
    return token_keys.make_token_signer(address, algorithm)


def open_wrapping(uri: str) -> Wrapping:
    """Open an existing wrapping key."""
    if uri.startswith(SCHEME):
        address = _in_token(uri)
        return token_keys.open_token_wrapping(address)
    return read_wrapping(key_path(uri))


def make_wrapping_key(uri: str, random: Callable[[int], bytes]) -> Wrapping:
    """Open the wrapping key at `uri`, making it first when there is none: from `random`, or by the token itself."""
    if uri.startswith(SCHEME):
        address = _in_token(uri)
        return token_keys.make_token_wrapping(address)
    return create_wrapping(key_path(uri), random)


def list_keys(store: str) -> list[Listed]:
    """List the keys of a store (`pki.keys.store`) by name, without reading one; KeyUnusable when there is no store."""
    if store.startswith(SCHEME):
        address = _in_token(store)
        found = token_keys.list_token(address)
    else:
        folder = key_path(store)
        if not folder.is_dir():
            raise KeyUnusable(Fault.MISSING, str(folder))
        found = list_folder(folder)
    return sorted(found, key=lambda key: key.name)


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private_key(pem: bytes, path: Path) -> PrivateKey:
    try:
        # Whether p and q are prime takes OpenSSL fifty milliseconds for each process; what matters is tried below.
        key = serialization.load_pem_private_key(pem, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeyUnusable(Fault.UNREADABLE, f"{path} is not a PEM private key without a password") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise KeyUnusable(Fault.ALGORITHM, f"{path} holds a key of a kind that is not used here")
    if isinstance(key, rsa.RSAPrivateKey) and not _agrees(key):
        raise KeyUnusable(Fault.UNREADABLE, f"the halves of the key in {path} do not belong together")
    return key


def _agrees(key: rsa.RSAPrivateKey) -> bool:
    """Try the halves on each other: one signature that verifies (the pairwise consistency test of FIPS 140)."""
    signature = key.sign(b"", padding.PKCS1v15(), hashes.SHA256())
    try:
        key.public_key().verify(signature, b"", padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
