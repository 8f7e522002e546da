"""Engagement by NFC (ISO/IEC 18013-5 8.2.2.1): the Handover Select and Request messages of NFC Forum.

Static handover has a Select message alone; in a negotiated one the reader asks first with a Request message. Both go
into the SessionTranscript as they were sent (`mdoc.session_transcript.nfc`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mdoc import ndef
from mdoc.device_engagement import DeviceEngagement, decode_engagement
from mdoc.errors import MalformedData
from mdoc.ndef import EXTERNAL, MEDIA, WELL_KNOWN, Record
from mdoc.retrieval_method import (
    BLE,
    CENTRAL_CLIENT,
    CENTRAL_UUID,
    MAX_COMMAND,
    MAX_RESPONSE,
    NFC,
    PERIPHERAL_SERVER,
    PERIPHERAL_UUID,
    VERSION,
    RetrievalMethod,
)

CONNECTION_HANDOVER: Final = 0x15  # version 1.5
ENGAGEMENT_TYPE: Final = b"iso.org:18013:deviceengagement"
ENGAGEMENT_ID: Final = b"mdoc"
BLE_TYPE: Final = b"application/vnd.bluetooth.le.oob"
NFC_TYPE: Final = b"iso.org:18013:nfc"

_SELECT, _REQUEST, _CARRIER, _COLLISION = b"Hs", b"Hr", b"ac", b"cr"
_ACTIVE: Final = 1  # carrier power state
# AD types of the Bluetooth Core Specification Supplement; roles are the sender's own.
_LE_ROLE, _UUID_128 = 0x1C, 0x07
PERIPHERAL_ONLY, CENTRAL_ONLY, PERIPHERAL_PREFERRED, CENTRAL_PREFERRED = range(4)


@dataclass(frozen=True, repr=False)
class HandoverSelect:
    """A received Select message: `encoded` for the transcript, the engagement in it, the carriers it chose."""

    encoded: bytes
    engagement: DeviceEngagement
    carriers: tuple[Record, ...]


@dataclass(frozen=True, repr=False)
class HandoverRequest:
    """A received Request message: `encoded` for the transcript, the carriers that the reader offers."""

    encoded: bytes
    carriers: tuple[Record, ...]


def carrier(method: RetrievalMethod) -> Record:
    """The carrier configuration record of a method. Raises MalformedData for one that has no such record here."""
    if method.kind == NFC:
        return Record(EXTERNAL, NFC_TYPE, _nfc_payload(method.options), b"nfc")
    uuids = [(option, method.options.get(option)) for option in (PERIPHERAL_UUID, CENTRAL_UUID)]
    offered = [(option, uuid) for option, uuid in uuids if isinstance(uuid, bytes)]
    if method.kind != BLE or len(offered) != 1:
        raise MalformedData("carrier", "neither NFC nor BLE in one mode")
    (option, uuid) = offered[0]
    role = PERIPHERAL_ONLY if option == PERIPHERAL_UUID else CENTRAL_ONLY
    # The supplement writes a UUID with its least significant byte first.
    return Record(MEDIA, BLE_TYPE, _ad(_LE_ROLE, bytes([role])) + _ad(_UUID_128, uuid[::-1]), b"0")


def _ad(kind: int, value: bytes) -> bytes:
    return bytes([len(value) + 1, kind]) + value


def _nfc_payload(options: Mapping[int, object]) -> bytes:
    """8.2.2.1.1: version, then length, type and value of the longest command and response."""
    payload = b"\x01"
    for kind, option in ((1, MAX_COMMAND), (2, MAX_RESPONSE)):
        size = options.get(option)
        if isinstance(size, int):
            payload += _ad(kind, size.to_bytes((size.bit_length() + 7) // 8, "big"))
    return payload


def encode_select(engagement: bytes, methods: Sequence[RetrievalMethod]) -> bytes:
    """A Handover Select message around a DeviceEngagement that names no methods itself. Raises MalformedData."""
    carriers = [carrier(method) for method in methods]
    select = _handover(_SELECT, [_alternative(one, ENGAGEMENT_ID) for one in carriers])
    return ndef.encode([select, Record(EXTERNAL, ENGAGEMENT_TYPE, engagement, ENGAGEMENT_ID), *carriers])


def encode_request(methods: Sequence[RetrievalMethod], collision_resolution: bytes) -> bytes:
    """A Handover Request message of a reader; `collision_resolution`: two random bytes. Raises MalformedData."""
    if len(collision_resolution) != 2:
        raise MalformedData("collisionResolution", "not two bytes")
    carriers = [carrier(method) for method in methods]
    collision = Record(WELL_KNOWN, _COLLISION, collision_resolution)
    return ndef.encode([_handover(_REQUEST, [collision, *(_alternative(one) for one in carriers)]), *carriers])


def _handover(kind: bytes, inner: Sequence[Record]) -> Record:
    return Record(WELL_KNOWN, kind, bytes([CONNECTION_HANDOVER]) + ndef.encode(inner))


def _alternative(configuration: Record, *auxiliary: bytes) -> Record:
    """The alternative carrier record that refers to a configuration and to what belongs to it."""
    references = b"".join(bytes([len(one)]) + one for one in auxiliary)
    name = configuration.identifier
    payload = bytes([_ACTIVE, len(name)]) + name + bytes([len(auxiliary)]) + references
    return Record(WELL_KNOWN, _CARRIER, payload)


def read_select(data: bytes) -> HandoverSelect:
    """A received Handover Select message. Raises MalformedData, also when the engagement names methods itself."""
    path = "handoverSelect"
    records = _read(data, _SELECT, path)
    engagements = [one for one in records if (one.name_format, one.kind) == (EXTERNAL, ENGAGEMENT_TYPE)]
    if len(engagements) != 1 or engagements[0].identifier != ENGAGEMENT_ID:
        raise MalformedData(path, "not exactly one device engagement")
    engagement = decode_engagement(engagements[0].payload)
    if engagement.methods:
        # 8.2.2.1: with NFC, the carriers of the message say how to reach the phone.
        raise MalformedData(path, "the engagement names methods beside the carriers")
    return HandoverSelect(data, engagement, _carriers(records, path))


def read_request(data: bytes) -> HandoverRequest:
    """A received Handover Request message. Raises MalformedData."""
    path = "handoverRequest"
    records = _read(data, _REQUEST, path)
    return HandoverRequest(data, _carriers(records, path))


def _read(data: bytes, kind: bytes, path: str) -> tuple[Record, ...]:
    records = ndef.decode(data, path)
    first = records[0]
    if (first.name_format, first.kind) != (WELL_KNOWN, kind):
        raise MalformedData(path, "another message than expected")
    # Minor versions add (Connection Handover 1.5, 6.2); major version 1 is the one that is known.
    if first.payload[:1] == b"" or first.payload[0] >> 4 != CONNECTION_HANDOVER >> 4:
        raise MalformedData(path, "the major version is unknown")
    return records


def _carriers(records: Sequence[Record], path: str) -> tuple[Record, ...]:
    """The configuration records that the message refers to, in its order of preference."""
    named = {one.identifier: one for one in records[1:]}
    inner = ndef.decode(records[0].payload[1:], path)
    wanted = [_reference(one.payload, path) for one in inner if (one.name_format, one.kind) == (WELL_KNOWN, _CARRIER)]
    if not wanted or not all(name in named for name in wanted):
        raise MalformedData(path, "no carrier, or a carrier without its configuration")
    return tuple(named[name] for name in wanted)


def _reference(payload: bytes, path: str) -> bytes:
    """The id of the configuration record that an alternative carrier record refers to."""
    if len(payload) < 2 or len(payload) < 2 + payload[1]:
        raise MalformedData(path, "the bytes end too early")
    return payload[2 : 2 + payload[1]]


def method(configuration: Record) -> RetrievalMethod | None:
    """The retrieval method that a carrier stands for; None for a kind that is not known here. Raises MalformedData.

    Of BLE, the UUID and the role of the sender are read; a phone that may be both is offered as both.
    """
    if (configuration.name_format, configuration.kind) == (EXTERNAL, NFC_TYPE):
        return _nfc(configuration.payload)
    if (configuration.name_format, configuration.kind) == (MEDIA, BLE_TYPE):
        return _ble(configuration.payload)
    return None


def _nfc(payload: bytes) -> RetrievalMethod:
    """The sizes may be left out: a reader that asks does not know those of the phone."""
    if not payload.startswith(b"\x01"):
        raise MalformedData("carrier", "the version of NFC is unknown")
    fields = dict(_fields(payload[1:], "carrier"))
    sizes = {MAX_COMMAND: fields.get(1), MAX_RESPONSE: fields.get(2)}
    options = {key: int.from_bytes(value, "big") for key, value in sizes.items() if value is not None}
    return RetrievalMethod(NFC, VERSION, options)


def _ble(payload: bytes) -> RetrievalMethod:
    fields = dict(_fields(payload, "carrier"))
    role = fields.get(_LE_ROLE, b"")
    if len(role) != 1 or role[0] > CENTRAL_PREFERRED:
        raise MalformedData("carrier", "no role of BLE")
    modes = {PERIPHERAL_SERVER: role[0] != CENTRAL_ONLY, CENTRAL_CLIENT: role[0] != PERIPHERAL_ONLY}
    uuid = fields.get(_UUID_128)
    uuids: dict[int, object] = {}
    if uuid is not None:
        uuid_of = {PERIPHERAL_SERVER: PERIPHERAL_UUID, CENTRAL_CLIENT: CENTRAL_UUID}
        uuids = {uuid_of[mode]: uuid[::-1] for mode, offered in modes.items() if offered}
    return RetrievalMethod(BLE, VERSION, modes | uuids)


def _fields(data: bytes, path: str) -> list[tuple[int, bytes]]:
    """Fields of length, type and value."""
    fields: list[tuple[int, bytes]] = []
    while data:
        size = data[0]
        if size == 0 or len(data) < 1 + size:
            raise MalformedData(path, "a field ends too early")
        fields.append((data[1], data[2 : 1 + size]))
        data = data[1 + size :]
    return fields
