"""The two forms of an ECDSA signature: r || s, as COSE has it (RFC 9053 2.1), and DER, as X.509 and OpenSSL have it.

Every signature and every verification passes here, so the usual lengths are put together by hand; the rest is left to
`cryptography`.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_LONG_FORM: Final = 128  # from this length on, DER writes a length in two bytes


def raw_signature(der: bytes, width: int = 32) -> bytes:
    """R || s, each `width` bytes, of an ECDSA signature that our own library made in DER; P-256 unless told otherwise.

    Raises ValueError for what is not DER, OverflowError for a number that is too long.
    """
    if width == 32 and len(der) >= 70:
        end = 4 + der[3]  # of r
        if _is_usual(der, 2, end) and _is_usual(der, end, len(der)) and der[0] == 0x30 and der[1] == len(der) - 2:
            return der[end - 32 : end] + der[-32:]
    r, s = decode_dss_signature(der)
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def _is_usual(der: bytes, start: int, end: int) -> bool:
    """Whether an INTEGER stands there that has exactly 32 significant bytes and the fewest that say so."""
    size, first = der[start + 1], der[start + 2]
    if der[start] != 2 or start + 2 + size != end:
        return False
    return (size == 32 and 0 < first < 0x80) or (size == 33 and first == 0 and der[start + 3] >= 0x80)


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
