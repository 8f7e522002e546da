"""The two forms of an ECDSA signature: r || s, as COSE has it (RFC 9053 2.1), and DER, as X.509 and OpenSSL have it.

Every signature and every verification passes here, so the usual lengths are put together by hand; the rest is left to
`cryptography`.
"""

import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_LONG_FORM: Final = 128  # from this length on, DER writes a length in two bytes
# Two INTEGERs of exactly 32 significant bytes, with a zero before those that would be negative without.
_INTEGER: Final = rb"\x02(?:\x20([\x01-\x7f].{31})|\x21\x00([\x80-\xff].{31}))"
_USUAL: Final = re.compile(rb"\x30." + _INTEGER + _INTEGER + rb"\Z", re.DOTALL)


def raw_signature(der: bytes, width: int = 32) -> bytes:
    """R || s, each `width` bytes, of an ECDSA signature that our own library made in DER; P-256 unless told otherwise.

    Raises ValueError for what is not DER, OverflowError for a number that is too long.
    """
    usual = _USUAL.match(der) if width == 32 else None
    if usual is not None and der[1] == len(der) - 2:
        return b"".join(filter(None, usual.groups()))
    r, s = decode_dss_signature(der)
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def der_signature(raw: bytes, width: int = 32) -> bytes:
    """The DER form of r || s. Raises ValueError when the length is not that of two numbers of `width` bytes."""
    if len(raw) != 2 * width:
        raise ValueError("the signature has the wrong length")
    r, s = int.from_bytes(raw[:width], "big"), int.from_bytes(raw[width:], "big")
    # INTEGERs: the fewest bytes that leave the first bit zero, which would make them negative (X.690 8.3).
    r_size, s_size = r.bit_length() // 8 + 1, s.bit_length() // 8 + 1
    if (size := r_size + s_size + 4) >= _LONG_FORM:
        return encode_dss_signature(r, s)
    parts = size, r_size, r.to_bytes(r_size, "big"), s_size, s.to_bytes(s_size, "big")
    return b"\x30%c\x02%c%b\x02%c%b" % parts
