"""Hot path of `mdoc.mso`: an MSO in its usual form, read by position.

Issuers write the entries in the order of the standard, with a P-256 device key, and number the digests of a namespace
from zero without gaps or below 24. Whatever is not exactly so is None here, and the general reader decides and names
what is wrong. A property test holds that both readers never differ.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import Final, NamedTuple

from mdoc.scan import Unusual, length_at, string_at

_BEGIN: Final = re.compile(rb"([\xa6\xa7])\x67version\x631\.0\x6fdigestAlgorithm\x67SHA-256\x6cvalueDigests", re.DOTALL)
# An hour 24 is not of the usual form, because later Pythons take it for the next day.
_INSTANT: Final = rb"\xc0\x74(\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\dZ)"
_BEHIND: Final = re.compile(  # the digests; the docType with its head
    rb"\x6ddeviceKeyInfo\xa1\x69deviceKey\xa4\x01\x02\x20\x01\x21\x58\x20(.{32})\x22\x58\x20(.{32})"
    rb"\x67docType(.{2,258}?)\x6cvalidityInfo\xa3\x66signed%b\x69validFrom%b\x6avalidUntil%b"
    % (_INSTANT, _INSTANT, _INSTANT),
    re.DOTALL,
)
_STATUS: Final = b"\x66status"
_ENTRY: Final = 35  # an id below 24, the head of a byte string, and a SHA-256 digest
_IDS: Final = bytes(range(24))


class ScannedMso(NamedTuple):
    """The parts of an MSO; `coordinates` of the device key, not checked yet; `status` encoded, empty if absent."""

    value_digests: Mapping[str, Mapping[int, bytes]]
    coordinates: tuple[bytes, bytes]
    doc_type: str
    instants: tuple[datetime, datetime, datetime]
    status: bytes


def mso(data: bytes) -> ScannedMso | None:
    """The parts of `data` (MobileSecurityObject, CBOR), or None when it is not in the usual form. Raises nothing."""
    begin = _BEGIN.match(data)
    if begin is None:
        return None
    try:
        return _mso(data, begin.end(), with_status=begin[1] == b"\xa7")
    except (Unusual, IndexError, ValueError):
        return None


def _mso(data: bytes, place: int, *, with_status: bool) -> ScannedMso:
    digests, place = _digests(data, place)
    behind = _BEHIND.match(data, place)
    if behind is None:
        raise Unusual
    x, y, named, *instants = behind.groups()
    # The search ends the docType at the first validityInfo, whatever its head says: so the head is asked.
    doc_type, end = string_at(named, 0, 0x60)
    signed, begins, ends = [datetime.fromisoformat(instant.decode()) for instant in instants]
    status = data[behind.end() :]
    if end != len(named) or with_status != status.startswith(_STATUS) or with_status == (not status):
        raise Unusual
    return ScannedMso(digests, (x, y), doc_type.decode(), (signed, begins, ends), status[len(_STATUS) :])


def _digests(data: bytes, place: int) -> tuple[dict[str, dict[int, bytes]], int]:
    count, place = length_at(data, place, 0xA0)
    digests: dict[str, dict[int, bytes]] = {}
    for _ in range(count):
        name, place = string_at(data, place, 0x60)
        digests[name.decode()], place = _entries(data, place)
    if not 0 < len(digests) == count or "" in digests:
        raise Unusual
    return digests, place


def _entries(data: bytes, place: int) -> tuple[dict[int, bytes], int]:
    """The digests of one namespace, whose ids below 24 all take one byte: every 35th byte is an id."""
    count, place = length_at(data, place, 0xA0)
    end = place + _ENTRY * count
    ids = data[place:end:_ENTRY]
    heads = data[place + 1 : end : _ENTRY] + data[place + 2 : end : _ENTRY]
    if end > len(data) or heads != b"\x58" * count + b"\x20" * count or ids.translate(None, _IDS):
        raise Unusual
    entries = dict(zip(ids, _form(count).unpack_from(data, place), strict=True))
    if not 0 < len(entries) == count:
        raise Unusual
    return entries, end


@lru_cache(maxsize=64)
def _form(count: int) -> Struct:
    """`count` entries, of which only the digests are taken."""
    return Struct("3x32s" * count)
