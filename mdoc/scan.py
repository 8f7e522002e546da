"""Hot path of `mdoc.issuer_signed`: an IssuerSigned in its usual form, read by position.

Nearly all documents are written alike: namespaces before issuerAuth, ES256, one certificate, items in one of two
orders. Whatever is not exactly so is None here, and the general reader decides and names what is wrong. A property
test holds that both readers never differ.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from mdoc import cbor, dates
from mdoc.errors import MalformedData
from mdoc.issuer_signed_item import IssuerSignedItem, are_unique

_NAME_SPACES: Final = b"\xa2\x6anameSpaces"
_ISSUER_AUTH: Final = b"\x6aissuerAuth\x84\x43\xa1\x01\x26\xa1\x18\x21"
_VALUE, _ID = b"\x6celementValue", b"\x68digestID"
_NAME_HEAD: Final = len(b"\xa4\x71elementIdentifier")  # where an item of ours says how long its name is
# digestID and random have known lengths: ours end an item, those of the standard's example begin it.
_ITEM: Final = re.compile(
    rb"\xa4\x71elementIdentifier.(.{1,256}?)\x6celementValue.*\x68digestID([\x00-\x17])\x66random\x50(.{16})\Z",
    re.DOTALL,
)
# Most items are shorter than 256 bytes, with names and texts below 24: one match takes all of such an item.
_USUAL: Final = re.compile(
    rb"\xd8\x18\x58.\xa4\x71elementIdentifier.(.{1,23}?)"
    rb"\x6celementValue(?:\xd9\x03\xec\x6a(\d{4}-\d\d-\d\d)|(.{1,24}?))"
    rb"\x68digestID([\x00-\x17])\x66random\x50(.{16})",
    re.DOTALL,
)
_BEFORE: Final = re.compile(
    rb"\xa4\x68digestID([\x00-\x17]|\x18[\x18-\xff])\x66random(?:\x50(.{16})|\x58\x20(.{32}))\x71elementIdentifier",
    re.DOTALL,
)


class Scanned(NamedTuple):
    """The parts of an IssuerSigned; each array of items in the order received."""

    name_spaces: Mapping[str, tuple[IssuerSignedItem, ...]]
    certificate: bytes
    payload: bytes
    signature: bytes


class Unusual(Exception):
    """Not in the usual form: nothing is said about whether it is valid."""


def issuer_signed(data: bytes) -> Scanned | None:
    """The parts of `data` (IssuerSigned, CBOR), or None when it is not in the usual form. Raises nothing."""
    if not data.startswith(_NAME_SPACES) or len(data) > cbor.MAX_SIZE:
        return None
    try:
        return _issuer_signed(data)
    except (Unusual, MalformedData, IndexError, ValueError):
        return None


def _issuer_signed(data: bytes) -> Scanned:
    count, place = length_at(data, len(_NAME_SPACES), 0xA0)
    spaces: dict[str, tuple[IssuerSignedItem, ...]] = {}
    for _ in range(count):
        name, place = string_at(data, place, 0x60)
        spaces[name.decode()], place = _items(data, place)
    if not data.startswith(_ISSUER_AUTH, place) or not 0 < len(spaces) == count or "" in spaces:
        raise Unusual
    certificate, place = string_at(data, place + len(_ISSUER_AUTH), 0x40)
    payload, place = string_at(data, place, 0x40)
    signature, place = string_at(data, place, 0x40)
    if place != len(data):
        raise Unusual
    return Scanned(spaces, certificate, payload, signature)


def items(encoded: Sequence[bytes]) -> tuple[IssuerSignedItem, ...] | None:
    """A namespace's items in tag 24, each complete in its bytes, or None when they are not in the usual form.

    Raises nothing.
    """
    try:
        found = [_item_at(one, 0) for one in encoded]
    except (Unusual, MalformedData, IndexError, ValueError):
        return None
    whole = all(item.encoded == one for item, one in zip(found, encoded, strict=True))
    return tuple(found) if whole and found and are_unique(found) else None


def _items(data: bytes, place: int) -> tuple[tuple[IssuerSignedItem, ...], int]:
    count, place = length_at(data, place, 0x80)
    found = []
    for _ in range(count):
        item = _item_at(data, place)
        found.append(item)
        place += len(item.encoded)
    if not found or not are_unique(found):
        raise Unusual
    return tuple(found), place


def _item_at(data: bytes, place: int) -> IssuerSignedItem:
    return _usual(_USUAL.match(data, place)) or _any(data, place)


def _usual(found: re.Match[bytes] | None) -> IssuerSignedItem | None:
    """The item in a match, or None. The search ends name, text and item whatever their heads say: so they are asked."""
    if found is None:
        return None
    encoded, (name, day, plain, number, salt) = found[0], found.groups()
    if encoded[3] != len(encoded) - 4 or encoded[4 + _NAME_HEAD] - 0x60 != len(name):
        return None
    if day:
        value: object = date.fromisoformat(day.decode())
    elif plain[0] - 0x5F == len(plain):  # a text of up to 23 bytes with its head
        value = plain[1:].decode()
    elif (value := _SIMPLE.get(plain)) is None:
        return None
    return IssuerSignedItem(number[0], salt, name.decode(), value, encoded)


def _any(data: bytes, place: int) -> IssuerSignedItem:
    head, length, start = data[place : place + 3], data[place + 3], place + 4
    if head == _LONG_ITEM and length:
        length, start = length << 8 | data[start], start + 1
    elif head != _SHORT_ITEM or length < 24:
        raise Unusual
    end = start + length
    if end > len(data):
        raise Unusual
    return _item(data, start, end, data[place:end])


def _item(data: bytes, start: int, end: int, encoded: bytes) -> IssuerSignedItem:
    found = _ITEM.match(data, start, end)
    if found is None:
        return _item_in_order(data, start, end, encoded)
    name, number, salt = found.groups()
    # The search ends a name at the first elementValue, whatever its head says: so the head is asked.
    if data[start + _NAME_HEAD] == 0x78 and len(name) > 24 and name[0] == len(name) - 1:
        name = name[1:]
    elif data[start + _NAME_HEAD] - 0x60 != len(name) or len(name) > 23:
        raise Unusual
    value = _value(data, found.end(1) + len(_VALUE), found.start(2) - len(_ID))
    return IssuerSignedItem(number[0], salt, name.decode(), value, encoded)


def _item_in_order(data: bytes, start: int, end: int, encoded: bytes) -> IssuerSignedItem:
    found = _BEFORE.match(data, start, end)
    if found is None:
        raise Unusual
    name, place = string_at(data, found.end(), 0x60)
    if not name or not data.startswith(_VALUE, place):
        raise Unusual
    number, short, long = found.groups()
    value = _value(data, place + len(_VALUE), end)
    return IssuerSignedItem(number[-1], short or long, name.decode(), value, encoded)


def _value(data: bytes, start: int, end: int) -> object:
    """The value from `start` to `end`, exactly one item; what is no plain string, number or flag goes the general way.

    Bounds that lie the wrong way round hold no item, which the general way says.
    """
    head = data[start]
    if end - start == head - 0x5F:  # a text of up to 23 bytes
        return data[start + 1 : end].decode()
    if head in _STRINGS:
        string, behind = string_at(data, start, _STRINGS[head])
        if behind != end:
            raise Unusual
        return string if head < 0x60 else string.decode()
    if head == 0xD9 and end - start == 14 and data.startswith(_FULL_DATE, start):
        return dates.full_date(data[start + 4 : end].decode())
    encoded = data[start:end]
    simple = _SIMPLE.get(encoded)
    return simple if simple is not None else cbor.decode(encoded)


_SHORT_ITEM, _LONG_ITEM = b"\xd8\x18\x58", b"\xd8\x18\x59"  # tag 24 over up to 255 bytes, over up to 65,535
_FULL_DATE: Final = b"\xd9\x03\xec\x6a"  # tag 1004 over a text of ten characters
_STRINGS: Final = {kind | info: kind for kind in (0x40, 0x60) for info in range(26)}
_SIMPLE: Final[Mapping[bytes, object]] = {b"\xf4": False, b"\xf5": True} | {bytes([n]): n for n in range(24)}


def string_at(data: bytes, place: int, kind: int) -> tuple[bytes, int]:
    """The byte string (0x40) or text (0x60) at `place` with the shortest head, and the place behind it."""
    length, start = length_at(data, place, kind)
    end = start + length
    if end > len(data):
        raise Unusual
    return data[start:end], end


def length_at(data: bytes, place: int, kind: int) -> tuple[int, int]:
    """The argument of a head of `kind` in its shortest form, up to 65,535, and the place behind the head."""
    info = data[place] - kind
    if 0 <= info < 24:
        return info, place + 1
    if info == 24 and data[place + 1] >= 24:
        return data[place + 1], place + 2
    if info == 25 and data[place + 1]:
        return data[place + 1] << 8 | data[place + 2], place + 3
    raise Unusual
