"""Keys inside a token, as signer, as what certificate builders sign with, and as wrapping key (D13)."""

import hashlib
from collections.abc import Callable
from typing import NoReturn

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from mdoc.signature_form import der_signature
from pki.keys.faults import Fault, KeyUnusable
from pki.keys.pkcs11 import Token, open_token
from pki.keys.signer import ALGORITHMS, RS256, PublicKey, algorithm_of, hash_of
from pki.keys.store import Listed
from pki.keys.token_uri import TokenUri
from pki.keys.wrapping import LONGEST_DATA_KEY

Sign = Callable[[bytes], bytes]
Buffer = bytes | bytearray | memoryview
_SHORTEST_DATA_KEY = 16  # RFC 3394 2: two blocks of 64 bits
_BLOCK = 8


class KeyStays(Exception):
    """Somebody asked for a private key that is inside a token."""


def _stays(*_: object, **__: object) -> NoReturn:
    raise KeyStays("the private key is inside a token")


class TokenEllipticKey(ec.EllipticCurvePrivateKey):
    """The private half of an elliptic pair, for the builders of certificates, lists and answers of `cryptography`."""

    def __init__(self, public: ec.EllipticCurvePublicKey, sign_digest: Sign) -> None:
        self._public = public
        self._sign_digest = sign_digest

    @property
    def curve(self) -> ec.EllipticCurve:
        """The curve."""
        return self._public.curve

    @property
    def key_size(self) -> int:
        """Bits."""
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self._public

    def sign(self, data: Buffer, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """Sign as X.509 wants it: DER of r and s."""
        algorithm = signature_algorithm.algorithm
        digest = bytes(data) if isinstance(algorithm, Prehashed) else hashlib.new(algorithm.name, data).digest()
        raw = self._sign_digest(digest)
        return der_signature(raw, len(raw) // 2)

    exchange = private_numbers = private_bytes = _stays

    def __copy__(self) -> "TokenEllipticKey":
        return self

    def __deepcopy__(self, memo: object) -> "TokenEllipticKey":
        return self


class TokenRsaKey(rsa.RSAPrivateKey):
    """The private half of an RSA pair, for the same builders: PKCS#1 v1.5 with SHA-256 and nothing else."""

    def __init__(self, public: rsa.RSAPublicKey, sign_message: Sign) -> None:
        self._public = public
        self._sign_message = sign_message

    @property
    def key_size(self) -> int:
        """Bits."""
        return self._public.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        """The public half."""
        return self._public

    def sign(self, data: Buffer, padding: padding.AsymmetricPadding, algorithm: object) -> bytes:
        """Sign a message; KeyUnusable(ALGORITHM) for another padding or hash."""
        if padding.name != "EMSA-PKCS1-v1_5" or not isinstance(algorithm, hashes.SHA256):
            raise KeyUnusable(Fault.ALGORITHM, "an RSA key in a token signs PKCS#1 v1.5 with SHA-256")
        return self._sign_message(bytes(data))

    decrypt = private_numbers = private_bytes = _stays

    def __copy__(self) -> "TokenRsaKey":
        return self

    def __deepcopy__(self, memo: object) -> "TokenRsaKey":
        return self


class TokenSigner:
    """A signer whose key is inside a token."""

    def __init__(self, token: Token, address: TokenUri) -> None:
        self._token = token
        self._address = address
        public = serialization.load_der_public_key(token.public_key(address))
        self._algorithm = algorithm_of(public)
        self._public: PublicKey = public  # type: ignore[assignment]  # algorithm_of lets nothing else through

    def __repr__(self) -> str:
        return f"TokenSigner({self._algorithm}, {self._address})"

    @property
    def algorithm(self) -> str:
        """ES256, ES384 or RS256."""
        return self._algorithm

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public

    @property
    def certificate_key(self) -> TokenEllipticKey | TokenRsaKey:
        """What the builders of `cryptography` sign with; the key itself stays where it is."""
        if isinstance(self._public, rsa.RSAPublicKey):
            return TokenRsaKey(self._public, self.sign)
        return TokenEllipticKey(self._public, self._sign_digest)

    def sign(self, data: bytes) -> bytes:
        """Sign `data`: r || s for ECDSA, PKCS#1 v1.5 for RSA."""
        if self._algorithm == RS256:
            return self._token.sign(self._address, data, elliptic=False)
        return self._sign_digest(hashlib.new(hash_of(self._algorithm).name, data).digest())

    def _sign_digest(self, digest: bytes) -> bytes:
        return self._token.sign(self._address, digest, elliptic=True)


class TokenWrapping:
    """An AES-256 key inside a token; data keys pass through it as objects of the session (RFC 3394)."""

    def __init__(self, token: Token, address: TokenUri) -> None:
        self._token = token
        self._address = address

    def __repr__(self) -> str:
        return f"TokenWrapping(AES-256, {self._address})"

    def wrap(self, data_key: bytes) -> bytes:
        """Wrap 16 to 512 octets, a multiple of eight; the result is eight octets longer."""
        if not _SHORTEST_DATA_KEY <= len(data_key) <= LONGEST_DATA_KEY or len(data_key) % _BLOCK:
            raise KeyUnusable(Fault.LENGTH, "a data key has 16 to 512 octets, a multiple of eight")
        return self._token.wrap(self._address, data_key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Give back what was wrapped; KeyUnusable(UNWRAP) when it was wrapped by another key or altered."""
        if not _SHORTEST_DATA_KEY + _BLOCK <= len(wrapped) <= LONGEST_DATA_KEY + _BLOCK or len(wrapped) % _BLOCK:
            raise KeyUnusable(Fault.UNWRAP, "this is not the length of a wrapped data key")
        return self._token.unwrap(self._address, wrapped)


def open_token_signer(address: TokenUri) -> TokenSigner:
    """Open a signing key in a token; KeyUnusable(LEAVES) when it could leave, or could once have left."""
    token = _token_for(address, "private")
    if not token.facts(address).stays:
        raise KeyUnusable(Fault.LEAVES, str(address))
    return TokenSigner(token, address)


def make_token_signer(address: TokenUri, algorithm: str) -> TokenSigner:
    """Open the signing key at `address`, having the token make it first when there is none."""
    if algorithm not in ALGORITHMS:
        raise KeyUnusable(Fault.ALGORITHM, f"one of {', '.join(ALGORITHMS)} is expected")
    token = _token_for(address, "private")
    if not token.holds(address):
        token.make_pair(address, algorithm)
    return open_token_signer(address)


def open_token_wrapping(address: TokenUri) -> TokenWrapping:
    """
    Open a wrapping key in a token; KeyUnusable(LEAVES) as for a signing key, (MISSING) at once where there is none.

    To miss a key is usual here: a ring asks for generations that were never made. It must not cost the session.
    """
    token = _token_for(address, "secret-key")
    if not token.holds(address, secret=True):
        raise KeyUnusable(Fault.MISSING, str(address))
    if not token.facts(address, secret=True).stays:
        raise KeyUnusable(Fault.LEAVES, str(address))
    return TokenWrapping(token, address)


def make_token_wrapping(address: TokenUri) -> TokenWrapping:
    """Open the wrapping key at `address`, having the token make it first when there is none."""
    token = _token_for(address, "secret-key")
    if not token.holds(address, secret=True):
        token.make_wrapping(address)
    return open_token_wrapping(address)


def list_token(address: TokenUri) -> list[Listed]:
    """List the keys in a token, with what it says of each."""
    facts = open_token(address).all_facts(address)
    return [Listed(name, "wrapping" if secret else "signing", found.stays) for name, secret, found in facts]


def _token_for(address: TokenUri, kind: str) -> Token:
    if address.kind not in (None, kind):
        raise KeyUnusable(Fault.URI, f"a key of type={kind} is expected")
    return open_token(address)
