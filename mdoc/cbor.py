"""The only user of cbor2: strict and bounded input, deterministic output (RFC 8949; ISO/IEC 18013-5 7.1, 8.1).

Values are Python's own: maps are dicts, arrays lists, tdate an aware datetime, full-date a date. Tag 24 becomes
`Embedded`, any other tag `Tagged`, so that nothing a stranger sends is interpreted behind our back.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any, Final, NoReturn, TypeVar

import cbor2

from mdoc.errors import (
    DuplicateKey,
    IndefiniteLength,
    MalformedData,
    MdocError,
    NotPreferred,
    TooDeep,
    TooLarge,
    TrailingBytes,
)
from mdoc.wellformed import inspect

T = TypeVar("T")

MAX_SIZE: Final = 1 << 20
MAX_DEPTH: Final = 16

_TDATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_FULL_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# What cbor2 would decode into something of its own: numbers, sets, references, addresses, mail messages.
_TAGS_OF_CBOR2 = (1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 43000, 55799)


@dataclass(frozen=True, slots=True, repr=False)
class Embedded:
    """Tag 24: encoded CBOR inside a byte string. `content` is the inside exactly as received."""

    content: bytes

    @property
    def tagged(self) -> bytes:
        """The whole value with tag and head (`d8 18 58 …`): what digests and signatures cover."""
        return b"\xd8\x18" + _head(2, len(self.content)) + self.content

    def open(self, path: str = "") -> object:
        """The decoded inside; raises MalformedData."""
        return decode(self.content, path=path)


@dataclass(frozen=True, slots=True, repr=False)
class Tagged:
    """A tag without a meaning here."""

    tag: int
    value: object


def encode(value: object) -> bytes:
    """`value` in preferred serialisation; equal input gives equal bytes, for maps keep the order they were built in.

    Raises MalformedData for what the standard has no form for: a date with a fraction, an instant without a zone.
    """
    try:
        return cbor2.dumps(value, encoders=_ENCODERS)
    except (cbor2.CBORError, OverflowError, RecursionError, UnicodeError):
        raise MalformedData("", "the value has no CBOR form") from None


def decode(data: bytes, *, path: str = "", limit: int = MAX_SIZE) -> Any:  # noqa: ANN401 - a decoded value is anything
    """The value in `data`, which must be exactly one item.

    Raises a class of MalformedData of its own for size, depth, duplicate keys, indefinite lengths, bytes behind
    the end and a head of tag 24 that is not the shortest; MalformedData itself for everything else.
    """
    if len(data) > limit:
        raise TooLarge(path, f"more than {limit} bytes")
    source = BytesIO(data)
    reader = _Reader(data)
    try:
        value = cbor2.CBORDecoder(
            source,
            tag_hook=reader.tag,
            semantic_decoders=_SEMANTIC,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        ).decode()
    except (cbor2.CBORError, MdocError, ValueError, OverflowError, RecursionError, TypeError, MemoryError):
        _refuse(data, path)
    if source.tell() != len(data) or reader.not_preferred:
        _refuse(data, path)
    return value


class _Reader:
    """Turns tags into our values; remembers how far tag 24 has been found in the received bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._found = 0
        self.not_preferred = False

    def tag(self, tag: cbor2.CBORTag, immutable: bool, /) -> object:  # noqa: FBT001 - the hook's own signature
        del immutable
        if tag.tag != 24:
            return Tagged(tag.tag, tag.value)
        if not isinstance(tag.value, bytes):
            raise MalformedData("", "tag 24 is not over a byte string")
        embedded = Embedded(tag.value)
        # A head that is not the shortest would make `tagged` differ from what the issuer hashed: refused, not repaired.
        found = self._data.find(embedded.tagged, self._found)
        self.not_preferred |= found < 0
        self._found = found + len(embedded.tagged)
        return embedded


def _opaque(tag: int) -> Callable[[object, bool], object]:
    """A decoder that leaves what cbor2 would interpret as it is."""
    return lambda value, _immutable: Tagged(tag, value)


def _tdate(value: object, immutable: bool, /) -> datetime:  # noqa: FBT001 - the hook's own signature
    """RFC 3339 as ISO/IEC 18013-5 7.1 narrows it: whole seconds and Z."""
    del immutable
    if not isinstance(value, str) or not _TDATE.fullmatch(value):
        raise MalformedData("", "not a tdate in whole seconds of UTC")
    return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S%z")


def _full_date(value: object, immutable: bool, /) -> date:  # noqa: FBT001 - the hook's own signature
    """RFC 8943 full-date."""
    del immutable
    if not isinstance(value, str) or not _FULL_DATE.fullmatch(value):
        raise MalformedData("", "not a full-date")
    return date.fromisoformat(value)


_SEMANTIC: Final[Mapping[int, Any]] = {tag: _opaque(tag) for tag in _TAGS_OF_CBOR2} | {0: _tdate, 1004: _full_date}

_KINDS: Final = {
    "depth": TooDeep,
    "duplicate": DuplicateKey,
    "indefinite": IndefiniteLength,
    "trailing": TrailingBytes,
    "not-preferred": NotPreferred,
}


def _refuse(data: bytes, path: str) -> NoReturn:
    """Raise the error that names what is wrong and where; called only for input already refused."""
    kind, place, reason = inspect(data, MAX_DEPTH)
    where = f"{path}.{place}".strip(".") if place else path
    raise _KINDS.get(kind, MalformedData)(where, reason)


def _write_embedded(encoder: cbor2.CBOREncoder, value: Embedded) -> None:
    encoder.encode_semantic(24, value.content)


def _write_tagged(encoder: cbor2.CBOREncoder, value: Tagged) -> None:
    encoder.encode_semantic(value.tag, value.value)


def _write_tdate(encoder: cbor2.CBOREncoder, value: datetime) -> None:
    encoder.encode_semantic(0, tdate(value))


def _write_full_date(encoder: cbor2.CBOREncoder, value: date) -> None:
    encoder.encode_semantic(1004, value.isoformat())


_ENCODERS: Final[Mapping[type, Any]] = {
    Embedded: _write_embedded,
    Tagged: _write_tagged,
    datetime: _write_tdate,
    date: _write_full_date,
}


def tdate(at: datetime) -> str:
    """The text of a tdate, 20 characters. Raises MalformedData for a fraction of a second or a missing zone."""
    if at.tzinfo is None:
        raise MalformedData("", "an instant needs a zone")
    if at.microsecond:
        raise MalformedData("", "a tdate has no fraction of a second")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _head(major: int, length: int) -> bytes:
    """The shortest head of a byte string (2) or array (4) of `length`."""
    if length < 24:
        return bytes([major << 5 | length])
    for extra, size in ((24, 1), (25, 2)):
        if length < 1 << 8 * size:
            return bytes([major << 5 | extra]) + length.to_bytes(size, "big")
    return bytes([major << 5 | 26]) + length.to_bytes(4, "big")


def array(*encoded: bytes) -> bytes:
    """An array of parts that are already encoded, so that signed bytes are never written anew."""
    return _head(4, len(encoded)) + b"".join(encoded)


def member(container: Mapping[Any, object], key: object, kind: type[T], path: str) -> T:
    """The entry `key` of a decoded map, which must be there and of `kind`. Raises MalformedData."""
    if key not in container:
        raise MalformedData(path, f"{key} is missing")
    return expect(container[key], kind, f"{path}.{key}".strip("."))


def optional(container: Mapping[Any, object], key: object, kind: type[T], path: str) -> T | None:
    """The entry `key`, or None when the map has none. Raises MalformedData when it is of another kind."""
    return member(container, key, kind, path) if key in container else None


def expect(value: object, kind: type[T], path: str) -> T:
    """`value` when it is of `kind` (a boolean is no number). Raises MalformedData."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise MalformedData(path, f"not of type {_NAMES.get(kind, kind.__name__)}")
    return value


_NAMES: Final[Mapping[type, str]] = {
    dict: "map",
    list: "array",
    str: "tstr",
    bytes: "bstr",
    int: "int",
    datetime: "tdate",
    date: "full-date",
    Embedded: "tag 24",
}


def text(value: object, path: str) -> str:
    """A name of the standard (docType, namespace, identifier): text that is not empty. Raises MalformedData."""
    name = expect(value, str, path)
    if not name:
        raise MalformedData(path, "the name is empty")
    return name
