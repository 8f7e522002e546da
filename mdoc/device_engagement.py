"""DeviceEngagement (ISO/IEC 18013-5 8.2.1): how the phone says where it listens, and with which key."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import cbor
from mdoc.cose_key import encode_key, read_ec_key
from mdoc.errors import MalformedData, TooLarge

VERSION: Final = "1.0"
CIPHER_SUITE: Final = 1
SCHEME: Final = "mdoc:"
MAX_TEXT: Final = 4096
NFC, BLE, WIFI_AWARE = 1, 2, 3


@dataclass(frozen=True)
class RetrievalMethod:
    """One way to reach the phone: type (NFC 1, BLE 2, Wi-Fi Aware 3), version, and the options of its table."""

    kind: int
    version: int
    options: Mapping[int, object]


@dataclass(frozen=True, repr=False)
class DeviceEngagement:
    """A received engagement; `encoded` are its bytes for the transcript, `device_key` is EDeviceKey."""

    encoded: bytes
    device_key: ec.EllipticCurvePublicKey
    methods: tuple[RetrievalMethod, ...]


def encode_engagement(device_key: ec.EllipticCurvePublicKey, methods: Sequence[RetrievalMethod] = ()) -> bytes:
    """DeviceEngagement; without methods it is the form for NFC, where the handover names them."""
    key = cbor.Embedded(cbor.encode(encode_key(device_key)))
    engagement: dict[int, object] = {0: VERSION, 1: [CIPHER_SUITE, key]}
    if methods:
        engagement[2] = [[method.kind, method.version, dict(method.options)] for method in methods]
    return cbor.encode(engagement)


def decode_engagement(data: bytes) -> DeviceEngagement:
    """A received DeviceEngagement. Raises MalformedData."""
    path = "engagement"
    parts = cbor.expect(cbor.decode(data, path=path), dict, path)
    if not cbor.member(parts, 0, str, path).startswith("1."):
        raise MalformedData(f"{path}.0", "the major version is unknown")
    security = cbor.member(parts, 1, list, path)
    if len(security) != 2 or security[0] != CIPHER_SUITE:
        raise MalformedData(f"{path}.1", "the cipher suite is not known")
    key = cbor.expect(security[1], cbor.Embedded, f"{path}.1").open(f"{path}.1")
    methods = tuple(_read_method(one, f"{path}.2") for one in cbor.optional(parts, 2, list, path) or [])
    return DeviceEngagement(data, read_ec_key(key, f"{path}.1"), methods)


def _read_method(value: object, path: str) -> RetrievalMethod:
    parts: list[Any] = cbor.expect(value, list, path)
    if len(parts) != 3:
        raise MalformedData(path, "a retrieval method has three parts")
    kind, version = cbor.expect(parts[0], int, path), cbor.expect(parts[1], int, path)
    return RetrievalMethod(kind, version, cbor.expect(parts[2], dict, path))


def qr_text(engagement: bytes) -> str:
    """The content of the QR code (8.2.2.3)."""
    return SCHEME + urlsafe_b64encode(engagement).decode("ascii").rstrip("=")


def read_qr(text: str) -> DeviceEngagement:
    """The engagement in a scanned QR code. Raises MalformedData."""
    if len(text) > MAX_TEXT:
        raise TooLarge("qr", f"more than {MAX_TEXT} characters")
    body = text.removeprefix(SCHEME)
    if body == text or "=" in body:
        raise MalformedData("qr", "not an mdoc code, or padded")
    try:
        data = urlsafe_b64decode(body.encode("ascii") + b"=" * (-len(body) % 4))
    except (NotBase64, UnicodeEncodeError):
        raise MalformedData("qr", "not base64url") from None
    return decode_engagement(data)
