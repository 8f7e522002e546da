"""DeviceRetrievalMethod: one way to reach the phone, with the options of its table (ISO/IEC 18013-5 8.2.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mdoc import cbor, paths
from mdoc.errors import MalformedData

NFC, BLE, WIFI_AWARE = 1, 2, 3
VERSION: Final = 1

# Options of BLE. A UUID of a mode is there when the mode is offered.
PERIPHERAL_SERVER, CENTRAL_CLIENT, PERIPHERAL_UUID, CENTRAL_UUID, ADDRESS, PSM = 0, 1, 10, 11, 20, 21
MAX_COMMAND, MAX_RESPONSE = 0, 1

# Option → its type; sizes and ranges in `_BOUNDS`. Others are RFU and left alone.
_TYPES: Final[Mapping[int, Mapping[int, type]]] = {
    NFC: {MAX_COMMAND: int, MAX_RESPONSE: int},
    BLE: {
        PERIPHERAL_SERVER: bool,
        CENTRAL_CLIENT: bool,
        PERIPHERAL_UUID: bytes,
        CENTRAL_UUID: bytes,
        ADDRESS: bytes,
        PSM: int,
    },
    WIFI_AWARE: {0: str, 1: int, 2: int, 3: bytes},
}
_MANDATORY: Final = {NFC: (MAX_COMMAND, MAX_RESPONSE), BLE: (PERIPHERAL_SERVER, CENTRAL_CLIENT), WIFI_AWARE: ()}
_BOUNDS: Final[Mapping[tuple[int, int], range]] = {
    (NFC, MAX_COMMAND): range(255, (1 << 16)),  # table 1: 'FF' to 'FF FF'
    (NFC, MAX_RESPONSE): range(256, (1 << 16) + 1),
    (BLE, PSM): range(1 << 16),
}
_LENGTHS: Final = {(BLE, PERIPHERAL_UUID): 16, (BLE, CENTRAL_UUID): 16, (BLE, ADDRESS): 6}


@dataclass(frozen=True)
class RetrievalMethod:
    """One way to reach the phone: type (NFC 1, BLE 2, Wi-Fi Aware 3), version, and the options of its table."""

    kind: int
    version: int
    options: Mapping[int, object]

    def encoded(self) -> list[object]:
        """The array for key 2 of the engagement."""
        return [self.kind, self.version, dict(self.options)]


def nfc(max_command: int, max_response: int) -> RetrievalMethod:
    """NFC, with the longest command and response data field in bytes."""
    return RetrievalMethod(NFC, VERSION, {MAX_COMMAND: max_command, MAX_RESPONSE: max_response})


def ble(
    *,
    peripheral: bytes | None = None,
    central: bytes | None = None,
    address: bytes | None = None,
    psm: int | None = None,
) -> RetrievalMethod:
    """BLE: the service UUID (16 bytes) of each mode that the phone offers, its address and L2CAP PSM where known."""
    options: dict[int, object] = {PERIPHERAL_SERVER: peripheral is not None, CENTRAL_CLIENT: central is not None}
    further = {PERIPHERAL_UUID: peripheral, CENTRAL_UUID: central, ADDRESS: address, PSM: psm}
    return RetrievalMethod(BLE, VERSION, options | {key: value for key, value in further.items() if value is not None})


def read_method(value: object, path: str) -> RetrievalMethod:
    """A decoded method. Raises MalformedData; unknown types, versions and options are left alone."""
    parts: list[Any] = cbor.expect(value, list, path)
    if len(parts) != 3:
        raise MalformedData(path, "a retrieval method has three parts")
    kind, version = cbor.expect(parts[0], int, f"{path}[0]"), cbor.expect(parts[1], int, f"{path}[1]")
    options = cbor.expect(parts[2], dict, f"{path}[2]")
    if version == VERSION and kind in _TYPES:
        _check_options(kind, options, f"{path}[2]")
    return RetrievalMethod(kind, version, options)


def _check_options(kind: int, options: Mapping[Any, object], path: str) -> None:
    for option in _MANDATORY[kind]:
        cbor.member(options, option, _TYPES[kind][option], path)
    for option, value in options.items():
        if option in _TYPES[kind]:
            _check_option(kind, option, cbor.expect(value, _TYPES[kind][option], paths.entry(path, option)), path)
    if kind == BLE:
        _check_modes(options, path)


def _check_option(kind: int, option: int, value: object, path: str) -> None:
    bound, length = _BOUNDS.get((kind, option)), _LENGTHS.get((kind, option))
    if bound is not None and value not in bound:
        raise MalformedData(paths.entry(path, option), "outside its range")
    if length is not None and isinstance(value, bytes) and len(value) != length:
        raise MalformedData(paths.entry(path, option), f"not {length} bytes long")


def _check_modes(options: Mapping[Any, object], path: str) -> None:
    """8.2.1.1: a mode that is offered comes with its UUID."""
    for mode, uuid in ((PERIPHERAL_SERVER, PERIPHERAL_UUID), (CENTRAL_CLIENT, CENTRAL_UUID)):
        if options[mode] and uuid not in options:
            raise MalformedData(path, "a mode is offered without its UUID")
