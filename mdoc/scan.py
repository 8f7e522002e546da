"""Hot path of `mdoc.issuer_signed`: an IssuerSigned in its usual form, read by position.

Nearly all documents are written alike: namespaces before issuerAuth, ES256, one certificate, items in one of two
orders. Whatever is not exactly so is None here, and the general reader decides and names what is wrong. A property
test holds that both readers never differ.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mdoc import cbor
from mdoc.errors import MalformedData
from mdoc.issuer_signed_item import IssuerSignedItem

_NAME_SPACES: Final = b"\xa2\x6anameSpaces"
_ISSUER_AUTH: Final = b"\x6aissuerAuth\x84\x43\xa1\x01\x26\xa1\x18\x21"
_NAME, _VALUE, _ID, _SALT = b"\xa4\x71elementIdentifier", b"\x6celementValue", b"\x68digestID", b"\x66random\x50"
# digestID and random have known lengths: ours end an item, those of the standard's example begin it.
_BEHIND: Final = len(_ID) + 1 + len(_SALT) + 16
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


class _Unusual(Exception):
    """Not in the usual form: nothing is said about whether it is valid."""


def issuer_signed(data: bytes) -> Scanned | None:
    """The parts of `data` (IssuerSigned, CBOR), or None when it is not in the usual form. Raises nothing."""
    if not data.startswith(_NAME_SPACES) or len(data) > cbor.MAX_SIZE:
        return None
    try:
        return _issuer_signed(data)
    except (_Unusual, MalformedData, IndexError, ValueError):
        return None


def _issuer_signed(data: bytes) -> Scanned:
    count, place = _length(data, len(_NAME_SPACES), 0xA0)
    spaces: dict[str, tuple[IssuerSignedItem, ...]] = {}
    for _ in range(count):
        name, place = _string(data, place, 0x60)
        spaces[name.decode()], place = _items(data, place)
    if not data.startswith(_ISSUER_AUTH, place) or not 0 < len(spaces) == count or "" in spaces:
        raise _Unusual
    certificate, place = _string(data, place + len(_ISSUER_AUTH), 0x40)
    payload, place = _string(data, place, 0x40)
    signature, place = _string(data, place, 0x40)
    if place != len(data):
        raise _Unusual
    return Scanned(spaces, certificate, payload, signature)


def _items(data: bytes, place: int) -> tuple[tuple[IssuerSignedItem, ...], int]:
    count, place = _length(data, place, 0x80)
    items = []
    for _ in range(count):
        head, length = data[place : place + 3], data[place + 3]
        start = place + 4
        if head == _LONG_ITEM and length:
            length, start = length << 8 | data[start], start + 1
        elif head != _SHORT_ITEM or length < 24:
            raise _Unusual
        end = start + length
        items.append(_item(data[start:end], data[place:end]))
        place = end
    return tuple(items), place


def _item(content: bytes, encoded: bytes) -> IssuerSignedItem:
    if not content.startswith(_NAME):
        return _item_in_order(content, encoded)
    end, start, length = len(content) - _BEHIND, len(_NAME) + 1, content[len(_NAME)] - 0x60
    if length == 24 and content[start] >= 24:
        length, start = content[start], start + 1
    elif not 0 < length < 24:
        raise _Unusual
    behind = start + length
    if (
        not content.startswith(_VALUE, behind)
        or not content.startswith(_ID, end)
        or content[end + 9] > 23
        or not content.startswith(_SALT, end + 10)
    ):
        raise _Unusual
    name, value = content[start:behind].decode(), _value(content[behind + 13 : end])
    return IssuerSignedItem(content[end + 9], content[-16:], name, value, encoded)


def _item_in_order(content: bytes, encoded: bytes) -> IssuerSignedItem:
    found = _BEFORE.match(content)
    if found is None:
        raise _Unusual
    name, place = _string(content, found.end(), 0x60)
    if not name or not content.startswith(_VALUE, place):
        raise _Unusual
    number, short, long = found.groups()
    return IssuerSignedItem(number[-1], short or long, name.decode(), _value(content[place + len(_VALUE) :]), encoded)


def _value(encoded: bytes) -> object:
    """The value in `encoded`, exactly one item; what is not a plain string, number or flag goes the general way."""
    head = encoded[0]
    if len(encoded) == head - 0x5F:  # a text of up to 23 bytes
        return encoded[1:].decode()
    if head in _STRINGS:
        string, end = _string(encoded, 0, _STRINGS[head])
        if end != len(encoded):
            raise _Unusual
        return string if head < 0x60 else string.decode()
    if head == 0xD9 and len(encoded) == 14 and encoded.startswith(_FULL_DATE):
        return cbor.full_date(encoded[4:].decode())
    simple = _SIMPLE.get(encoded)
    return simple if simple is not None else cbor.decode(encoded)


_SHORT_ITEM, _LONG_ITEM = b"\xd8\x18\x58", b"\xd8\x18\x59"  # tag 24 over up to 255 bytes, over up to 65,535
_FULL_DATE: Final = b"\xd9\x03\xec\x6a"  # tag 1004 over a text of ten characters
_STRINGS: Final = {kind | info: kind for kind in (0x40, 0x60) for info in range(26)}
_SIMPLE: Final[Mapping[bytes, object]] = {b"\xf4": False, b"\xf5": True} | {bytes([n]): n for n in range(24)}


def _string(data: bytes, place: int, kind: int) -> tuple[bytes, int]:
    """The byte string (0x40) or text (0x60) at `place` with the shortest head, and the place behind it."""
    length, start = _length(data, place, kind)
    end = start + length
    if end > len(data):
        raise _Unusual
    return data[start:end], end


def _length(data: bytes, place: int, kind: int) -> tuple[int, int]:
    """The argument of a head of `kind` in its shortest form, up to 65,535, and the place behind the head."""
    info = data[place] - kind
    if 0 <= info < 24:
        return info, place + 1
    if info == 24 and data[place + 1] >= 24:
        return data[place + 1], place + 2
    if info == 25 and data[place + 1]:
        return data[place + 1] << 8 | data[place + 2], place + 3
    raise _Unusual
