"""Encoded CBOR put together from parts: heads, byte strings, arrays, tag 24 (RFC 8949 3), shortest form."""

from typing import Final

TAG_24: Final = b"\xd8\x18"
_BYTE: Final = [bytes((number,)) for number in range(256)]


def head(major: int, length: int) -> bytes:
    """The shortest head of a byte string (2), text (3), array (4) or map (5) of `length`, or the number itself (0)."""
    if length < 24:
        return _BYTE[major << 5 | length]
    if length < 1 << 8:
        return _BYTE[major << 5 | 24] + _BYTE[length]
    if length < 1 << 16:
        return _BYTE[major << 5 | 25] + _BYTE[length >> 8] + _BYTE[length & 0xFF]
    return _BYTE[major << 5 | 26] + length.to_bytes(4, "big")


def tag_24(content: bytes) -> bytes:
    """Encoded CBOR inside a byte string, with tag and head."""
    return b"".join((TAG_24, head(2, len(content)), content))


def byte_string(data: bytes) -> bytes:
    """`data` as an encoded byte string."""
    return head(2, len(data)) + data


def array(*encoded: bytes) -> bytes:
    """An array of parts that are already encoded, so that signed bytes are never written anew."""
    return head(4, len(encoded)) + b"".join(encoded)
