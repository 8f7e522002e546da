"""DeviceEngagement (ISO/IEC 18013-5 8.2.1; second edition 9.1): how the phone says where it listens, and its key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mdoc import base64url, cbor, key_agreement
from mdoc.cose_key import encode_key, read_agreement_key
from mdoc.errors import MalformedData, TooLarge
from mdoc.retrieval_method import BLE, NFC, WIFI_AWARE, RetrievalMethod, read_method

__all__ = ["BLE", "NFC", "WIFI_AWARE", "RetrievalMethod"]

VERSION: Final = "1.0"
VERSION_WITH_CAPABILITIES: Final = "1.1"
CIPHER_SUITE: Final = 1
SCHEME: Final = "mdoc:"
MAX_TEXT: Final = 4096
MAX_METHODS: Final = 8
_SECURITY, _METHODS, _ORIGIN_INFOS, _CAPABILITIES = 1, 2, 5, 6


@dataclass(frozen=True)
class Capabilities:
    """What the phone can do beyond the first edition (second edition 9.1, key 6)."""

    handover_session_establishment: bool = False
    reader_auth_all: bool = False
    extended_request: bool = False


_CAPABILITY: Final = {2: "handover_session_establishment", 3: "reader_auth_all", 4: "extended_request"}


@dataclass(frozen=True, repr=False)
class DeviceEngagement:
    """A received engagement; `encoded` are its bytes for the transcript, `device_key` is EDeviceKey.

    `origin_infos` (key 5) and `capabilities` (key 6) are None when the engagement does not speak of them.
    """

    encoded: bytes
    device_key: key_agreement.PublicKey
    methods: tuple[RetrievalMethod, ...]
    origin_infos: tuple[Mapping[Any, object], ...] | None = None
    capabilities: Capabilities | None = None


def encode_engagement(
    device_key: key_agreement.PublicKey,
    methods: Sequence[RetrievalMethod] = (),
    *,
    capabilities: Capabilities | None = None,
    origin_infos: Sequence[Mapping[str, object]] | None = None,
) -> bytes:
    """DeviceEngagement; without methods it is the form for NFC, where the handover names them.

    With `capabilities` or `origin_infos` it is of version 1.1; the former bring an empty list of the latter along.
    """
    key = cbor.Embedded(cbor.encode(encode_key(device_key)))
    later = capabilities is not None or origin_infos is not None
    version = VERSION_WITH_CAPABILITIES if later else VERSION
    engagement: dict[int, object] = {0: version, _SECURITY: [CIPHER_SUITE, key]}
    if methods:
        engagement[_METHODS] = [method.encoded() for method in methods]
    if later:
        engagement[_ORIGIN_INFOS] = [dict(one) for one in origin_infos or ()]
    if capabilities is not None:
        engagement[_CAPABILITIES] = {key: True for key, name in _CAPABILITY.items() if getattr(capabilities, name)}
    return cbor.encode(engagement)


def decode_engagement(data: bytes) -> DeviceEngagement:
    """A received DeviceEngagement. Raises MalformedData; what later editions may add is left alone."""
    path = "engagement"
    parts = cbor.expect(cbor.decode(data, path=path), dict, path)
    if not cbor.member(parts, 0, str, path).startswith("1."):
        raise MalformedData(f"{path}.0", "the major version is unknown")
    return DeviceEngagement(
        encoded=data,
        device_key=_read_device_key(cbor.member(parts, _SECURITY, list, path), f"{path}.1"),
        methods=_read_methods(cbor.optional(parts, _METHODS, list, path), f"{path}.2"),
        origin_infos=_read_origin_infos(cbor.optional(parts, _ORIGIN_INFOS, list, path), f"{path}.5"),
        capabilities=_read_capabilities(parts, path),
    )


def _read_device_key(security: list[object], path: str) -> key_agreement.PublicKey:
    if len(security) != 2 or security[0] != CIPHER_SUITE:
        raise MalformedData(path, "the cipher suite is not known")
    key = cbor.expect(security[1], cbor.Embedded, f"{path}[1]").open(f"{path}[1]")
    return read_agreement_key(key, f"{path}[1]")


def _read_methods(received: list[object] | None, path: str) -> tuple[RetrievalMethod, ...]:
    if received is not None and not 0 < len(received) <= MAX_METHODS:
        raise MalformedData(path, "no method, or too many")
    return tuple(read_method(one, f"{path}[{n}]") for n, one in enumerate(received or []))


def _read_origin_infos(received: list[object] | None, path: str) -> tuple[Mapping[Any, object], ...] | None:
    if received is None:
        return None
    return tuple(cbor.expect(one, dict, f"{path}[{n}]") for n, one in enumerate(received))


def _read_capabilities(parts: Mapping[Any, object], path: str) -> Capabilities | None:
    received = cbor.optional(parts, _CAPABILITIES, dict, path)
    if received is None:
        return None
    if _ORIGIN_INFOS not in parts:
        # Second edition 9.1: key 5 is there, even if empty, where key 6 is.
        raise MalformedData(f"{path}.5", "missing beside the capabilities")
    known = {name: cbor.optional(received, key, bool, f"{path}.6") for key, name in _CAPABILITY.items()}
    return Capabilities(**{name: value for name, value in known.items() if value is not None})


def qr_text(engagement: bytes) -> str:
    """The content of the QR code (8.2.2.3)."""
    return SCHEME + base64url.encode(engagement)


def read_qr(text: str) -> DeviceEngagement:
    """The engagement in a scanned QR code, which names at least one method. Raises MalformedData."""
    if len(text) > MAX_TEXT:
        raise TooLarge("qr", f"more than {MAX_TEXT} characters")
    if not text.startswith(SCHEME):
        raise MalformedData("qr", "not an mdoc code")
    engagement = decode_engagement(base64url.decode(text.removeprefix(SCHEME), "qr"))
    if not engagement.methods:
        raise MalformedData("engagement.2", "a code must say how to reach the phone")
    return engagement
