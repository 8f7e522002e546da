"""base64url without padding (RFC 4648 5), as QR codes and the Digital Credentials API carry CBOR."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

from mdoc.errors import MalformedData

_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def encode(data: bytes) -> str:
    """The text of `data`."""
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def decode(text: str, path: str) -> bytes:
    """The bytes of `text`. Raises MalformedData for padding, another alphabet, or a text that no bytes encode to."""
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise MalformedData(path, "not base64url without padding")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # RFC 4648 3.5: spare bits other than zero would let one message have several texts.
    if encode(data) != text:
        raise MalformedData(path, "the spare bits of base64url are not zero")
    return data
