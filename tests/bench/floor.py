"""What no issuer in Python can do without: chance, one hash and one copy of every item, and the signature."""

from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import mint
from mdoc.catalogue.mdl import NAME
from mdoc.issue import SALT_SIZE
from tests.bench import work

_ECDSA: Final = ec.ECDSA(hashes.SHA256())
_MADE: Final = mint.Mint(NAME, work.ELEMENTS, work.VALIDITY, decoys_to=work.DIGESTS).prepare(
    work.DEVICE_POINT, random=work.chance, status=None
)
_BEGUN: Final = [item[:-SALT_SIZE] for items in _MADE.name_spaces.values() for item in items]
_PORTRAIT: Final = max(_BEGUN, key=len)
_SMALL: Final = [begun for begun in _BEGUN if begun is not _PORTRAIT]
_DRAWN: Final = len(_BEGUN) * (8 + SALT_SIZE)  # an order of the digest ids and the salts
# As many bytes as stand around the digests in what is signed; where exactly they stand costs nothing.
_AROUND: Final = _MADE.to_be_signed[: -sha256().digest_size * len(_BEGUN)]
_CERTIFICATES: Final = b"".join(work.chain())


def floor(count: int) -> list[bytes]:
    """`count` documents' worth of work without any structure: no order, no heads, no device key, nothing checked.

    Nothing of it is an mdoc; the hash over the portrait is shared.
    """
    shared, made = sha256(_PORTRAIT), []
    for _ in range(count):
        salt, portrait = work.chance(_DRAWN)[:SALT_SIZE], shared.copy()
        portrait.update(salt)
        items = [begun + salt for begun in _SMALL]
        to_be_signed = b"".join((_AROUND, portrait.digest(), *[sha256(item).digest() for item in items]))
        signature = work.SIGNER_KEY.sign(to_be_signed, _ECDSA)
        made.append(b"".join((*items, _PORTRAIT, salt, _CERTIFICATES, to_be_signed, signature)))
    return made
