"""The only user of cbor2: strict and bounded input, deterministic output (RFC 8949; ISO/IEC 18013-5 7.1, 8.1).

Values are Python's own: maps are dicts, arrays lists, tdate an aware datetime, full-date a date. Tag 24 becomes
`Embedded`, any other tag `Tagged`, so that nothing a stranger sends is interpreted behind our back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final, NoReturn, TypeVar

import cbor2

from mdoc import paths
from mdoc.dates import full_date, instant, tdate
from mdoc.errors import (
    DuplicateKey,
    IndefiniteLength,
    InvalidDate,
    InvalidText,
    MalformedData,
    MdocError,
    NotPreferred,
    NotWellFormed,
    TooDeep,
    TooLarge,
    TrailingBytes,
    WrongTag,
)
from mdoc.heads import TAG_24, head, tag_24
from mdoc.wellformed import Fault, inspect

T = TypeVar("T")

_REFUSALS: Final = (cbor2.CBORError, MdocError, ValueError, OverflowError, RecursionError, TypeError, MemoryError)

MAX_SIZE: Final = 1 << 20
MAX_DEPTH: Final = 16

# What cbor2 would decode into something of its own: numbers, sets, references, addresses, mail messages.
_TAGS_OF_CBOR2 = (1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 43000, 55799)


class Embedded:
    """Tag 24: encoded CBOR inside a byte string. `content` is the inside exactly as received."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content: Final = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Embedded) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    @property
    def tagged(self) -> bytes:
        """The whole value with tag and head (`d8 18 58 …`): what digests and signatures cover."""
        return tag_24(self.content)

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
    the end, a head of tag 24 that is not the shortest, texts, dates and tags; the path names the place.
    """
    if len(data) > limit:
        raise TooLarge(path, f"more than {limit} bytes")
    source, reader = BytesIO(data), _Reader(data)
    try:
        value = _decoder(source, reader).decode()
    except _REFUSALS:
        _refuse(data, path)
    if source.tell() != len(data) or reader.not_preferred:
        _refuse(data, path)
    return value


def open_all(parts: Sequence[Embedded], path: str) -> list[Any]:
    """The decoded insides, each exactly one item: as `Embedded.open` for each, with one decoder for all of them.

    `path` names the array in which they stand. Raises as `decode` does.
    """
    together = b"".join([part.content for part in parts])
    source, reader, values, end = BytesIO(together), _Reader(together), [], 0
    try:
        read, tell = _decoder(source, reader).decode, source.tell
        for part in parts:
            values.append(read())
            end += len(part.content)
            if tell() != end:
                break
    except _REFUSALS:
        end = -1
    if end != len(together) or tell() != end or reader.not_preferred or len(together) > MAX_SIZE:
        # Something is wrong with one of them: asked one by one, it says what.
        return [part.open(f"{path}[{number}]") for number, part in enumerate(parts)]
    return values


def _decoder(source: BytesIO, reader: "_Reader") -> cbor2.CBORDecoder:
    return cbor2.CBORDecoder(
        source,
        tag_hook=reader.tag,
        semantic_decoders=_SEMANTIC,
        max_depth=MAX_DEPTH,
        allow_indefinite=False,
        allow_duplicate_keys=False,
    )


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
        self._find(tag.value)
        return Embedded(tag.value)

    def _find(self, content: bytes) -> None:
        """Find the tag with the shortest head behind what was found before.

        A head that is not the shortest would make `tagged` differ from what the issuer hashed: refused, not repaired.
        """
        begin = TAG_24 + head(2, len(content))
        place = self._data.find(begin, self._found)
        # Nearly always it is the first place; a search for the whole prepares tables as long as the content.
        if place >= 0 and not self._data.startswith(content, place + len(begin)):
            place = self._data.find(begin + content, place)
        self.not_preferred |= place < 0
        self._found = place + len(begin) + len(content)


def _opaque(tag: int) -> Callable[[object, bool], object]:
    """A decoder that leaves what cbor2 would interpret as it is."""
    return lambda value, _immutable: Tagged(tag, value)


def _tdate(value: object, immutable: bool, /) -> datetime:  # noqa: FBT001 - the hook's own signature
    del immutable
    return instant(value)


def _full_date(value: object, immutable: bool, /) -> date:  # noqa: FBT001 - the hook's own signature
    del immutable
    return full_date(value)


_SEMANTIC: Final[Mapping[int, Any]] = {tag: _opaque(tag) for tag in _TAGS_OF_CBOR2} | {0: _tdate, 1004: _full_date}

_FAULTS: Final[Mapping[Fault, type[MalformedData]]] = {
    Fault.DEPTH: TooDeep,
    Fault.DUPLICATE: DuplicateKey,
    Fault.INDEFINITE: IndefiniteLength,
    Fault.TRAILING: TrailingBytes,
    Fault.NOT_PREFERRED: NotPreferred,
    Fault.MALFORMED: NotWellFormed,
    Fault.TEXT: InvalidText,
    Fault.TAG: WrongTag,
    Fault.DATE: InvalidDate,
}


def _refuse(data: bytes, path: str) -> NoReturn:
    """Raise the error that names what is wrong and where; called only for input already refused."""
    fault, place, reason = inspect(data, MAX_DEPTH, {0: instant, 1004: full_date})
    raise _FAULTS[fault](paths.below(path, place), reason)


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


def unwrap(data: bytes, path: str) -> bytes:
    """The inside of `data`, which must be exactly one tag 24 with the shortest head. Raises as `decode` does."""
    for size in (3, 2, 1, 5):  # nearly all that stands in a payload has more than 255 bytes
        content = data[2 + size :]
        begin = head(2, len(content))
        if len(begin) == size and data.startswith(TAG_24 + begin):
            return content
    return expect(decode(data, path=path), Embedded, path).content


def member(container: Mapping[Any, object], key: object, kind: type[T], path: str) -> T:
    """The entry `key` of a decoded map, which must be there and of `kind`. Raises MalformedData."""
    if key not in container:
        raise MalformedData(path, f"{key} is missing")
    value = container[key]
    # The path is put together for a refusal only.
    return value if type(value) is kind else expect(value, kind, paths.entry(path, key))


def optional(container: Mapping[Any, object], key: object, kind: type[T], path: str) -> T | None:
    """The entry `key`, or None when the map has none. Raises MalformedData when it is of another kind."""
    return member(container, key, kind, path) if key in container else None


def expect(value: object, kind: type[T], path: str) -> T:
    """`value` when it is of `kind` (a boolean is no number). Raises MalformedData."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        tagged = kind in _TAGGED or isinstance(value, (Embedded, Tagged, date))
        raise (WrongTag if tagged else MalformedData)(path, f"not of type {_NAMES.get(kind, kind.__name__)}")
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
_TAGGED: Final = frozenset({Embedded, datetime, date})


def text(value: object, path: str) -> str:
    """A name of the standard (docType, namespace, identifier): text that is not empty. Raises MalformedData."""
    name = expect(value, str, path)
    if not name:
        raise MalformedData(path, "the name is empty")
    return name
