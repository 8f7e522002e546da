"""NDEF messages as NFC Forum writes them: the envelope of an NFC handover, bounded and without chunks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mdoc.errors import MalformedData, TooLarge, TrailingBytes

WELL_KNOWN, MEDIA, EXTERNAL = 1, 2, 4  # type name format

MAX_SIZE: Final = 1 << 14
_BEGIN, _END, _CHUNKED, _SHORT, _HAS_ID, _FORMAT = 0x80, 0x40, 0x20, 0x10, 0x08, 0x07


@dataclass(frozen=True, repr=False)
class Record:
    """One record: type name format, type, payload, and the id by which other records refer to it."""

    name_format: int
    kind: bytes
    payload: bytes
    identifier: bytes = b""


def encode(records: Sequence[Record]) -> bytes:
    """The message of `records`, in which short payloads have short headers."""
    last = len(records) - 1
    return b"".join(
        _encode(one, (_BEGIN if number == 0 else 0) | (_END if number == last else 0))
        for number, one in enumerate(records)
    )


def _encode(record: Record, place: int) -> bytes:
    short = len(record.payload) < 1 << 8
    flags = place | (_SHORT if short else 0) | (_HAS_ID if record.identifier else 0) | record.name_format
    length = len(record.payload).to_bytes(1 if short else 4, "big")
    id_length = bytes([len(record.identifier)]) if record.identifier else b""
    return bytes([flags, len(record.kind)]) + length + id_length + record.kind + record.identifier + record.payload


def decode(data: bytes, path: str) -> tuple[Record, ...]:
    """The records of a whole message. Raises MalformedData."""
    if len(data) > MAX_SIZE:
        raise TooLarge(path, f"more than {MAX_SIZE} bytes")
    return tuple(_records(data, path))


def _records(data: bytes, path: str) -> Iterator[Record]:
    position, flags = 0, 0
    while not flags & _END:
        begin = position == 0
        flags, record, position = _record(data, position, path)
        if bool(flags & _BEGIN) != begin:
            raise MalformedData(path, "a record begins the message in its middle, or none begins it")
        yield record
    if position != len(data):
        raise TrailingBytes(path, f"{len(data) - position} bytes follow the end")


def _record(data: bytes, position: int, path: str) -> tuple[int, Record, int]:
    """Flags, record, and where the next one begins."""
    flags, kind_size, position = *_take(data, position, 2, path), position + 2
    if flags & _CHUNKED:
        raise MalformedData(path, "a record in chunks")
    width = 1 if flags & _SHORT else 4
    size, position = int.from_bytes(_take(data, position, width, path), "big"), position + width
    id_size = 0
    if flags & _HAS_ID:
        id_size, position = _take(data, position, 1, path)[0], position + 1
    body = _take(data, position, kind_size + id_size + size, path)
    kind, identifier = body[:kind_size], body[kind_size : kind_size + id_size]
    record = Record(flags & _FORMAT, kind, body[kind_size + id_size :], identifier)
    return flags, record, position + len(body)


def _take(data: bytes, position: int, size: int, path: str) -> bytes:
    taken = data[position : position + size]
    if len(taken) != size:
        raise MalformedData(path, "the bytes end too early")
    return taken
