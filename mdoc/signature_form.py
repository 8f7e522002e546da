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
    r, s = decode_dss_signature(der)
    return r.to_bytes(width, "big") + s.to_bytes(width, "big")


def der_signature(raw: bytes, width: int = 32) -> bytes:
    """The DER form of r || s. Raises ValueError when the length is not that of two numbers of `width` bytes."""
    if len(raw) != 2 * width:
        raise ValueError("the signature has the wrong length")
    r, s = _integer(raw[:width]), _integer(raw[width:])
    if len(r) + len(s) < _LONG_FORM:
        return b"".join((b"\x30", bytes((len(r) + len(s),)), r, s))
    return encode_dss_signature(int.from_bytes(raw[:width], "big"), int.from_bytes(raw[width:], "big"))


def _integer(number: bytes) -> bytes:
    """A positive INTEGER: no leading zeros, but one where the first bit would make it negative (X.690 8.3)."""
    significant = number.lstrip(b"\0")
    if not significant or significant[0] & 0x80:
        significant = b"\0" + significant
    return bytes((2, len(significant))) + significant
