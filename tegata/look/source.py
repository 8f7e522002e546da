"""A file or standard input, bounded, and the bytes in it: binary, PEM, QR text, JWT, hex or base64."""

import re
import sys
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mdoc.device_engagement import SCHEME
from tegata.look.trouble import CannotLook

LARGEST: Final = 8 << 20
_PEM: Final = re.compile(rb"-----BEGIN (CERTIFICATE|X509 CRL)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_JWT: Final = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_-]+={0,2}")


@dataclass(frozen=True)
class Source:
    """What was read: `data`, how it was written, and what the writing already says about its kind."""

    data: bytes
    encoding: str
    hint: str = ""


def read_file(name: str) -> bytes:
    """The content of a file, or of standard input for `-`. Raises CannotLook: missing, or larger than 8 MiB."""
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(2 * LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(2 * LARGEST + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise CannotLook("unreadable", f"{name}: {reason}.", "Name a file that exists, or - for input.") from None
    if len(raw) > 2 * LARGEST:
        raise CannotLook(
            "too_large", f"{name} is larger than {2 * LARGEST} bytes.", "Cut out the part you want to see."
        )
    return raw


def read_source(name: str) -> Source:
    """The bytes that a file stands for. Raises CannotLook."""
    source = unpack(read_file(name))
    if len(source.data) > LARGEST:
        raise CannotLook("too_large", f"{name} holds more than {LARGEST} bytes.", "Cut out the part you want to see.")
    if not source.data:
        raise CannotLook("empty", f"{name} is empty.", "Check how the file was made.")
    return source


def unpack(raw: bytes) -> Source:
    """The bytes in `raw`, and how they were written. Text that is none of the known writings is taken as it is."""
    text = raw.strip()
    if found := _PEM.search(text):
        kind = "certificate" if found[1] == b"CERTIFICATE" else "crl"
        return Source(_base64(found[2]) or b"", "PEM", kind)
    if text.startswith(SCHEME.encode()) and (data := _base64(text.removeprefix(SCHEME.encode()))) is not None:
        return Source(data, "QR text", "engagement")
    if _JWT.fullmatch(text):
        return Source(text, "JWT", "status-jwt")
    packed = b"".join(text.split())
    if _HEX.fullmatch(packed):
        return Source(bytes.fromhex(packed.decode("ascii")), "hex")
    if _BASE64.fullmatch(packed) and (data := _base64(packed)) is not None:
        return Source(data, "base64")
    return Source(raw, "binary")


def _base64(text: bytes) -> bytes | None:
    """Either alphabet, with padding or without; None for anything else."""
    packed = b"".join(text.split()).rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")
    try:
        return urlsafe_b64decode(packed + b"=" * (-len(packed) % 4))
    except NotBase64:
        return None
