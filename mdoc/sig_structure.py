"""The Sig_structure of COSE_Sign1 (RFC 9052 4.4), as an issuer signs it: one protected header, nothing external."""

from typing import Final

from mdoc import cbor, heads
from mdoc.algorithms import ES256, ES384, ES512

ES256_HEADER: Final = b"\xa1\x01\x26"
_ALG: Final = 1  # its label (RFC 9052 3.1)
_ES256_STRUCTURE: Final = b"\x84\x6aSignature1\x43" + ES256_HEADER + b"\x40"  # up to its payload


def es256_structure(payload: bytes) -> bytes:
    """The Sig_structure of an ES256 message with this payload and no other protected header."""
    return b"".join((_ES256_STRUCTURE, heads.head(2, len(payload)), payload))


def issuer_header(algorithm: int) -> bytes:
    """The encoded protected header that names the algorithm and nothing else; readers in the field take no other."""
    return ES256_HEADER if algorithm == ES256 else cbor.encode({_ALG: algorithm})


def issuer_structure(payload: bytes, algorithm: int) -> bytes:
    """The Sig_structure of a message with this payload and `issuer_header`."""
    if algorithm == ES256:
        return es256_structure(payload)
    return cbor.encode(["Signature1", issuer_header(algorithm), b"", payload])


_BEGINNINGS: Final = {number: issuer_structure(b"", number)[:-1] for number in (ES256, ES384, ES512)}


def signed_with(structure: bytes) -> int | None:
    """The algorithm of an `issuer_structure` by its first bytes; None for any other."""
    for number, begin in _BEGINNINGS.items():
        if structure.startswith(begin):
            return number
    return None
